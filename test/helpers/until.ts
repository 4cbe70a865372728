/** Waits for a condition, and says which one when it never comes true. */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined | false> | T | undefined | false,
  seconds = 15,
): Promise<T> {
  const deadline = performance.now() + seconds * 1_000;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > deadline) throw new Error(`After ${seconds} s still not so: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

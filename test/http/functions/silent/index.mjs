/** Runs, and never reports. */
export const handler = async () => null;

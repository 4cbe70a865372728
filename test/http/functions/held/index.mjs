/** Takes its time. */
export const handler = ({ seconds = 0 }) => new Promise((resolve) => setTimeout(resolve, seconds * 1_000));

export async function handler(event) {
  console.log('node_echo: about to return the event');
  return event;
}

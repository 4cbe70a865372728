import { behave } from './behave.mjs';

export const handler = (event) => behave(event);

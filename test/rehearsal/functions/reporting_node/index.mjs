import { bridgeFunction } from './airflow-lambda-bridge-function.mjs';
import { behave } from './behave.mjs';

export const handler = bridgeFunction((payload) => behave(payload));

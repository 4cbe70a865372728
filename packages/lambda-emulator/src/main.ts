#!/usr/bin/env node
/** The emulator as a program of its own. */
import { runEmulator } from './command.ts';

await runEmulator(process.argv.slice(2));

#!/usr/bin/env node
/** Runs the emulator without the service. */
import { runEmulator } from './command.ts';

await runEmulator(process.argv.slice(2));

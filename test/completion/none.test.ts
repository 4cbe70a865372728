import { behavesAsChannel } from './suite.ts';

behavesAsChannel('none', 'Event', { failures: false });

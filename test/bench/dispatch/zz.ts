import { measureUnthrottled } from './measure-unthrottled.ts';
await measureUnthrottled();
process.exit(0);

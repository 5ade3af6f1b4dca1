import { runNode } from './run-node.ts';

/** `npm run format`: fixes format and lint where that can be done automatically. */
export const main = (): Promise<number> =>
  runNode('node_modules/@biomejs/biome/bin/biome', ['check', '--write', '.']);

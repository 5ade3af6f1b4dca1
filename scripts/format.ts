import { runNode } from './run-node.ts';

/** `npm run format`: mends what can be mended by itself in format and lint. */
export const main = (): Promise<number> =>
  runNode('node_modules/@biomejs/biome/bin/biome', ['check', '--write', '.']);

import { join } from 'node:path';
import { build, stop } from 'esbuild';
import type { Reply } from './routes.ts';

const APP = join(import.meta.dirname, '..', 'app');

/** The files of the page. */
export interface AppFiles {
  /** Returns a file; `undefined` where there is none. */
  get(path: string): Promise<Reply | undefined>;
}

const TYPES: Record<string, string> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  html: 'text/html; charset=utf-8',
};

/** Builds the page when it is first asked for, so that a run whose console no one opens pays nothing for it. */
export function createAppFiles(): AppFiles {
  let building: Promise<Map<string, Reply>> | undefined;
  return {
    async get(path) {
      building ??= buildApp().catch((error) => {
        building = undefined;
        throw error;
      });
      return (await building).get(path === '/' ? '/index.html' : path);
    },
  };
}

/** Bundles the page with its libraries: script, style, icon and document, by path. */
async function buildApp(): Promise<Map<string, Reply>> {
  const result = await build({
    entryPoints: ['main.tsx', 'style.css', 'index.html', 'icon.svg'].map((name) => join(APP, name)),
    outdir: '/',
    outbase: APP,
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    loader: { '.html': 'copy', '.svg': 'copy' },
    legalComments: 'none',
  });
  // Its service process would stay for as long as this one runs.
  await stop();
  return new Map(
    result.outputFiles.map(({ path, contents }) => {
      const name = path.slice(path.lastIndexOf('/') + 1);
      const type = TYPES[name.slice(name.lastIndexOf('.') + 1)] ?? 'application/octet-stream';
      return [`/${name}`, { status: 200, headers: { 'content-type': type }, body: contents }];
    }),
  );
}

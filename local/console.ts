import { type ConsoleServer, startConsoleServer } from '../console/server/console-server.ts';
import type { ExtraRoute } from '../console/server/routes.ts';
import { createWorkerSource } from '../scripts/console/worker-source.ts';

/** Starts the console of the run in a data folder. It costs nothing until a page is opened. */
export function startConsole(options: {
  dataDir: string;
  port: number;
  routes?: readonly ExtraRoute[];
}): Promise<ConsoleServer> {
  const { dataDir, port, routes = [] } = options;
  const source = createWorkerSource({ dataDir });
  return startConsoleServer({ source, port, allowActions: true, routes });
}

import { Server } from 'node:net';

const LOOPBACK = '127.0.0.1';

/**
 * From now on every server of this process listens on 127.0.0.1, whatever it asks for: fauxqs insists on
 * all interfaces and has no setting for it. Understands `listen(port, …)` and `listen({ port, … })`.
 */
export function listenOnLoopbackOnly(): void {
  const listen = Server.prototype.listen as (this: Server, ...args: unknown[]) => Server;
  Server.prototype.listen = function (this: Server, ...[target, ...rest]: unknown[]): Server {
    const callback = rest.filter((argument) => typeof argument === 'function');
    if (typeof target === 'object' && target !== null && 'port' in target) {
      return listen.call(this, { ...target, host: LOOPBACK }, ...callback);
    }
    return listen.call(this, target, LOOPBACK, ...callback);
  } as typeof listen;
}

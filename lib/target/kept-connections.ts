import type { Agent } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Clock } from '../ports.ts';

/**
 * Longest time that a kept connection may be idle and still be used, in milliseconds. NAT gateways and Network Load Balancers forget a
 * connection after 350 s without traffic and reset it at the next packet. Many servers close theirs after 5 to 60 s. With a longer limit more
 * requests are lost to such resets; with a shorter one a lane with few events makes a new connection for each. Also the `timeout` of the
 * agent: without one, Node ignores a shorter time that the server announces in `Keep-Alive`.
 */
export const MAX_IDLE_MS = 30_000;

/**
 * Closes connections that an agent keeps before one is used that the other side may have forgotten. Node's own timers are not enough:
 * Lambda freezes the environment between batches, and neither a timer runs nor a packet arrives meanwhile. The clock is therefore read
 * when a connection is about to be used.
 */
export class KeptConnections {
  readonly #agent: Agent;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #usableUntilMs = new WeakMap<Duplex, number>();

  /** @param agent with `keepAlive`, and with a `timeout` */
  constructor(agent: Agent, clock: Pick<Clock, 'now'>) {
    this.#agent = agent;
    this.#clock = clock;
    const keep = agent.keepSocketAlive.bind(agent);
    agent.keepSocketAlive = (socket) => {
      const isKept = keep(socket);
      // Node has just set it: the agent's, or less if the server announces less.
      const { timeout = 0 } = socket as Socket;
      this.#usableUntilMs.set(socket, clock.now() + timeout);
      return isKept;
    };
  }

  /** Closes those that have been idle for too long. */
  closeIdle(): void {
    this.#closeUsableUntil(this.#clock.now());
  }

  /** Closes those that have been idle for as long as a connection that was reset when it was used again: they are likely lost, too. */
  closeAsIdleAs(reset: Duplex): void {
    this.#closeUsableUntil(this.#usableUntilMs.get(reset) ?? Number.NEGATIVE_INFINITY);
  }

  /**
   * Closes all up to the last that is due. The agent appends the newest, takes from the end, and skips destroyed sockets only at the
   * beginning of its list.
   */
  #closeUsableUntil(ms: number): void {
    for (const sockets of Object.values(this.#agent.freeSockets)) {
      const isDue = (socket: Socket) => (this.#usableUntilMs.get(socket) ?? 0) <= ms;
      const count = (sockets?.findLastIndex(isDue) ?? -1) + 1;
      for (const socket of sockets?.slice(0, count) ?? []) socket.destroy();
    }
  }
}

import { AwsError } from '../emulators/aws-json-server.ts';

/** Limits of a shard (Kinesis Data Streams, "Quotas and limits"). */
const WRITE = { records: 1000, bytes: 1024 * 1024 };
const READ = { calls: 5, bytes: 2 * 1024 * 1024 };

interface Window {
  startMs: number;
  count: number;
  bytes: number;
}

/** The limits of each shard, counted in seconds; without `isOn`, everything is let pass. */
export class ShardLimits {
  readonly #isOn: boolean;
  readonly #writes = new Map<string, Window>();
  readonly #reads = new Map<string, Window>();

  constructor(isOn: boolean) {
    this.#isOn = isOn;
  }

  /** @throws AwsError when the shard has taken all that it takes in this second */
  write(shard: string, bytes: number): void {
    const window = this.#window(this.#writes, shard);
    if (window && (window.count >= WRITE.records || window.bytes + bytes > WRITE.bytes))
      throw exceeded(shard);
    if (window) add(window, bytes);
  }

  /** Before a read. @throws AwsError when the shard has been read as much as it may in this second */
  startRead(shard: string): void {
    const window = this.#window(this.#reads, shard);
    if (window && (window.count >= READ.calls || window.bytes >= READ.bytes)) throw exceeded(shard);
  }

  /** After a read. */
  endRead(shard: string, bytes: number): void {
    const window = this.#window(this.#reads, shard);
    if (window) add(window, bytes);
  }

  #window(windows: Map<string, Window>, shard: string): Window | undefined {
    if (!this.#isOn) return undefined;
    const nowMs = Date.now();
    const known = windows.get(shard);
    if (known && nowMs - known.startMs < 1000) return known;
    // What was read beyond the limit counts for the seconds that follow.
    const rest = known ? Math.max(0, known.bytes - READ.bytes) : 0;
    const window = { startMs: nowMs, count: 0, bytes: windows === this.#reads ? rest : 0 };
    windows.set(shard, window);
    return window;
  }
}

function add(window: Window, bytes: number): void {
  window.count += 1;
  window.bytes += bytes;
}

function exceeded(shard: string): AwsError {
  return new AwsError(
    'ProvisionedThroughputExceededException',
    `Rate exceeded for shard ${shard}.`,
  );
}

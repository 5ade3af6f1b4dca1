/**
 * The lowest of some sequence numbers. They are decimal numbers far beyond 2^53 and of differing length, so they are
 * compared as BigInt. Pure.
 */
export function lowestSequenceNumber(sequenceNumbers: Iterable<string>): string | undefined {
  let lowest: { text: string; value: bigint } | undefined;
  for (const text of sequenceNumbers) {
    const value = BigInt(text);
    if (!lowest || value < lowest.value) lowest = { text, value };
  }
  return lowest?.text;
}

/** Returns whether a sequence number follows another one of its shard. Pure. */
export function isAfter(sequenceNumber: string, other: string): boolean {
  return BigInt(sequenceNumber) > BigInt(other);
}

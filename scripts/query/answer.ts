import type { LayerChoice } from './choose-layer.ts';
import type { Layer } from './named-query.ts';
import type { QueryResult } from './result.ts';

/** A question to an engine. */
export interface QueryRequest {
  /** Text for each `?` of the query. */
  values: string[];
  /** The layer that was asked for; absent: the curated one where that will do. */
  layer: Layer | undefined;
  /** From when on the question is. */
  fromMs: number;
  /** Told how far it has come, in words. */
  onProgress: (note: string) => void;
  signal: AbortSignal;
}

/** What an engine answers, and how it came to that. */
export interface Answer extends LayerChoice {
  result: QueryResult;
  /** What it took, in words. */
  cost?: string;
}

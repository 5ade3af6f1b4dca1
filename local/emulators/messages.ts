/** The child's first message, once its endpoints accept requests. */
export interface ReadyMessage {
  ready: true;
  kinesis: string;
  s3: string;
  secretsManager: string;
  timestream: string;
}

/** Asks for, and answers with, the number of Kinesis connections accepted so far. */
export interface ConnectionCountRequest {
  ask: 'connectionCount';
  id: number;
}

export interface ConnectionCountAnswer {
  id: number;
  connectionCount: number;
}

/** Records were appended to a stream. */
export interface AppendedMessage {
  appended: true;
}

/** Something was written into a bucket. */
export interface StoredMessage {
  stored: string;
}

export type MessageFromChild =
  | ReadyMessage
  | ConnectionCountAnswer
  | AppendedMessage
  | StoredMessage;

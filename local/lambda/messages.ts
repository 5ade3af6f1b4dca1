/**
 * What the parent and an environment's process say to each other over IPC. Events and responses
 * travel as JSON text: that is what Lambda's Runtime API carries, and the size limits count it.
 */

/** From the parent: run the handler once. */
export interface InvocationMessage {
  requestId: string;
  eventJson: string;
  /** Milliseconds since the Unix epoch at which the environment will be killed. */
  deadlineMs: number;
  traceHeader: string;
}

/** An error in the shape the Node.js runtime reports it. */
export interface ErrorReport {
  errorType: string;
  errorMessage: string;
  trace: string[];
}

/** From the environment. */
export type EnvironmentMessage =
  | { type: 'ready' }
  | { type: 'initError'; error: ErrorReport }
  | { type: 'result'; responseJson: string }
  | { type: 'error'; error: ErrorReport }
  /** An error that no handler caught; the process ends right after saying so. */
  | { type: 'fatal'; error: ErrorReport };

/** What the parent tells a process through its arguments, in this order. */
export type RuntimeArguments = [bundle: string, functionArn: string, clockOffsetMs: string];

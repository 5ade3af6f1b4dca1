/** A value that is there at once where nothing has to be waited for: each promise on the way of an event costs memory and a microtask. */
export type MaybePromise<Value> = Value | Promise<Value>;

/** Goes on with a value, at once or when its promise resolves. */
export function chain<Given, Result>(
  given: MaybePromise<Given>,
  next: (value: Given) => MaybePromise<Result>,
): MaybePromise<Result> {
  return given instanceof Promise ? given.then(next) : next(given);
}

/**
 * Takes the logger out of an SDK client and returns the client. It hides sensitive fields of each response before it looks whether anything is
 * logged, and so walks through all records of a page: 11 % of dispatch's processor time, measured.
 */
export function withoutLogger<
  Client extends { middlewareStack: { remove(name: string): boolean } },
>(client: Client): Client {
  client.middlewareStack.remove('loggerMiddleware');
  return client;
}

import { describe, expect, it } from 'vitest';
import { matchRoute } from '../../../local/gateway/routes.ts';

const routes = [
  'ANY /{proxy+}',
  'POST /events',
  'ANY /events',
  'GET /events/{id}',
  'GET /events/health',
].map((key) => {
  const [method = '', path = ''] = key.split(' ');
  return { method, path };
});

describe('matchRoute', () => {
  it.each([
    ['POST', '/events', 'POST /events', {}],
    ['PUT', '/events', 'ANY /events', {}],
    ['GET', '/events/7', 'GET /events/{id}', { id: '7' }],
    ['GET', '/events/health', 'GET /events/health', {}],
    ['DELETE', '/events/7', 'ANY /{proxy+}', { proxy: 'events/7' }],
    ['GET', '/a/b/c', 'ANY /{proxy+}', { proxy: 'a/b/c' }],
    ['POST', '/events/', 'ANY /{proxy+}', { proxy: 'events/' }],
  ])('%s %s goes to %s', (method, path, routeKey, pathParameters) => {
    expect(matchRoute(routes, method, path)).toMatchObject({ routeKey, pathParameters });
  });

  it.each([
    ['GET', '/'],
    ['GET', '*'],
  ])('leaves %s %s to the default route', (method, path) => {
    expect(matchRoute(routes, method, path)).toBeUndefined();
  });
});

export interface RoutePattern {
  /** A method in capitals, or `ANY`. */
  method: string;
  /** Literal segments, `{name}` for one segment, `{name+}` at the end for all that follow. */
  path: string;
}

interface RouteMatch<R extends RoutePattern> {
  route: R;
  routeKey: string;
  pathParameters: Record<string, string>;
}

/**
 * Returns the route that a request goes to, or undefined when it is left to `$default`. A full match comes
 * before a greedy one; between full matches literal segments count, then a named method before `ANY`.
 * Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
 */
export function matchRoute<R extends RoutePattern>(
  routes: readonly R[],
  method: string,
  path: string,
): RouteMatch<R> | undefined {
  const matches = routes.flatMap((route) => {
    if (route.method !== method && route.method !== 'ANY') return [];
    const pathParameters = matchPath(route.path, path);
    const routeKey = `${route.method} ${route.path}`;
    return pathParameters ? [{ route, routeKey, pathParameters }] : [];
  });
  return matches.sort((a, b) => rank(b.route) - rank(a.route))[0];
}

function matchPath(pattern: string, path: string): Record<string, string> | undefined {
  const wanted = pattern.split('/');
  const given = path.split('/');
  const parameters: Record<string, string> = {};
  for (const [i, segment] of wanted.entries()) {
    const name = /^\{(.+?)\}$/.exec(segment)?.[1];
    if (name?.endsWith('+')) {
      const rest = given.slice(i).join('/');
      return rest ? { ...parameters, [name.slice(0, -1)]: rest } : undefined;
    }
    const value = given[i];
    if (name && value) parameters[name] = value;
    else if (name || value !== segment) return undefined;
  }
  return wanted.length === given.length ? parameters : undefined;
}

function rank({ method, path }: RoutePattern): number {
  const segments = path.split('/');
  const literal = segments.filter((segment) => !segment.startsWith('{')).length;
  const full = path.endsWith('+}') ? 0 : 10_000;
  return full + literal * 10 + (method === 'ANY' ? 0 : 1);
}

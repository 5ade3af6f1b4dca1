import { describe, expect, it } from 'vitest';
import { mediaTypeProblem } from '../../../lib/ingest/media-type.ts';

describe('mediaTypeProblem', () => {
  it.each([
    'application/json',
    'Application/JSON',
    'application/json; charset=utf-8',
    'application/json ;charset="UTF-8"',
    'application/json;charset=utf8',
    'application/json; charset=us-ascii',
    'application/json; profile="a;charset=utf-16"',
    'application/json;',
    'application/vnd.events.v1+json',
    'application/ld+json; profile=x',
  ])('reads %s', (type) => {
    expect(mediaTypeProblem({ 'content-type': type })).toBeUndefined();
    expect(
      mediaTypeProblem({ 'content-type': type, 'content-encoding': 'Identity' }),
    ).toBeUndefined();
  });

  it.each([
    ['', ''],
    ['json', 'json'],
    ['text/json', 'text/json'],
    ['application/jsonp', 'jsonp'],
    ['application/json-seq', 'json-seq'],
    ['application/+json', '+json'],
    ['application/json,application/json', 'application/json,'],
    ['application/json; charset=utf-16', 'utf-16'],
    ['application/json; charset=iso-8859-1', 'iso-8859-1'],
    ['application/json; CHARSET="UTF-7"', 'UTF-7'],
  ])('does not read %j, and says why', (type, named) => {
    expect(mediaTypeProblem({ 'content-type': type })).toMatchObject({
      detail: expect.stringContaining(named),
      accept: { accept: 'application/json' },
    });
  });

  it('says that the content type is missing', () => {
    expect(mediaTypeProblem({})?.detail).toContain('missing');
  });

  it.each(['gzip', 'br', 'deflate', 'zstd', 'gzip, identity'])('refuses %s', (encoding) => {
    const headers = { 'content-type': 'application/json', 'content-encoding': encoding };
    expect(mediaTypeProblem(headers)).toEqual({
      detail: expect.stringContaining('uncompressed'),
      accept: { 'accept-encoding': 'identity' },
    });
  });

  it('shows only the beginning of an absurd header', () => {
    const detail = mediaTypeProblem({ 'content-type': 'x'.repeat(9000) })?.detail ?? '';
    expect(detail.length).toBeLessThan(250);
  });
});

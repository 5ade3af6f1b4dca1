import { describe, expect, it } from 'vitest';
import { eventOf, type HttpExample, readExamples, textsOf } from '../../support/http-examples.ts';
import { createIngestLab } from '../../support/ingest-lab.ts';

const categories = await readExamples('hostile-requests');
const cases = (examples: HttpExample[]) =>
  examples.map((example): [string, HttpExample] => [example.name, example]);

it('knows at least 300 hostile requests, each by its own name', () => {
  const names = categories.flatMap(([, examples]) => examples.map(({ name }) => name));
  expect(names.length).toBeGreaterThanOrEqual(300);
  expect(new Set(names).size).toBe(names.length);
});

describe.each(categories)('%s', (_category, examples) => {
  it.each(cases(examples))('%s', async (_name, example) => {
    for (const encoding of ['auto', 'always'] as const) {
      const { handle, journal } = createIngestLab();
      const response = await handle(eventOf(example, encoding));
      expect(response.headers['content-type']).toBe('application/problem+json');
      const said = textsOf(response.body);
      expect({ status: response.statusCode, said }).toEqual({
        status: example.status,
        said: expect.any(String),
      });
      for (const text of example.says ?? []) expect(said).toContain(text);
      expect(response.body.length).toBeLessThan(300_000);
      expect(journal.facts).toEqual([]);
    }
  });
});

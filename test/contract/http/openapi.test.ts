import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from 'vitest';
import { answerDefaultRoute, type HttpResponse } from '../../../lib/http.ts';
import { problemResponse, problems } from '../../../local/gateway/problems.ts';
import { bytesOf, eventOf, readExamples } from '../../support/http-examples.ts';
import { createIngestLab } from '../../support/ingest-lab.ts';
import { type DocumentedExample, readOpenApi } from '../../support/openapi.ts';

const openApi = await readOpenApi();
const { document } = openApi;
const hostile = await readExamples('hostile-requests');
const odd = await readExamples('odd-events');

/** The answer to an example, from whatever gives it. */
async function answerTo(example: DocumentedExample): Promise<HttpResponse> {
  const { 'x-default-route': route, 'x-request': request, 'x-journal': journal } = example;
  if (route) return answerDefaultRoute(route.method, route.path);
  if (!request) throw new Error('the example does not say what its request was');
  const lab = createIngestLab({ errorsExpected: journal === 'unavailable' });
  if (journal === 'unavailable') lab.journal.refuses = () => true;
  return lab.handle(eventOf({ name: '', status: 0, ...request }));
}

function eventProblems(answer: HttpResponse): string[] {
  return openApi.answerProblems('/events', 'post', answer);
}

describe('docs/openapi.yaml', () => {
  it('is valid OpenAPI 3.1', async () => {
    const validator = new Validator();
    const { valid, errors } = await validator.validate(structuredClone(document));
    expect({ valid, errors }).toEqual({ valid: true, errors: undefined });
    expect(validator.version).toBe('3.1');
  });

  it('has an example of every refusal that our own code gives', () => {
    const examples = openApi.answerExamples('/events', 'post');
    const statuses = new Set(examples.map(([, status]) => status));
    expect([...statuses].sort()).toEqual([202, 400, 404, 405, 413, 415, 422, 503]);
  });

  it.each(openApi.answerExamples('/events', 'post').filter(([, status]) => status !== 202))(
    'gets the documented answer to its example %s (%i)',
    async (_, status, example) => {
      const answer = await answerTo(example);
      expect(answer.statusCode).toBe(status);
      expect(JSON.parse(answer.body)).toEqual(example.value);
      expect(eventProblems(answer)).toEqual([]);
    },
  );

  it('gets the documented 202, and accepts every request that it shows', async () => {
    const { examples = {} } =
      document.paths['/events']?.post?.requestBody?.content['application/json'] ?? {};
    expect(Object.keys(examples).length).toBeGreaterThan(0);
    const traceparent = document.components.parameters.traceparent?.example ?? null;
    const answers = await Promise.all(
      Object.values(examples).map(({ value }) => {
        expect(openApi.requestProblems(value)).toEqual([]);
        const request = { body: JSON.stringify(value), headers: { traceparent } };
        return answerTo({ value, 'x-request': request });
      }),
    );
    expect(answers.map(({ statusCode }) => statusCode)).toEqual(answers.map(() => 202));
    const documented = openApi
      .answerExamples('/events', 'post')
      .find(([, status]) => status === 202);
    expect(JSON.parse(answers[0]?.body ?? '')).toEqual(documented?.[2].value);
  });

  it.each(['/health', '/events/health'])('says what GET %s and a wrong method answer', (path) => {
    const [[, status, example]] = openApi.answerExamples(path, 'get') as [
      [string, number, DocumentedExample],
    ];
    const answer = answerDefaultRoute('GET', path);
    expect([answer.statusCode, JSON.parse(answer.body)]).toEqual([status, example.value]);
    expect(openApi.answerProblems(path, 'get', answer)).toEqual([]);
    const refusal = answerDefaultRoute('DELETE', path);
    expect(refusal.statusCode).toBe(405);
    expect(openApi.answerProblems(path, 'get', refusal)).toEqual([]);
  });

  it.each([problems.unauthorized, problems.forbidden])(
    'knows the gateway’s own answer $status, as on AWS and as here',
    (problem) => {
      const { status, headers, body } = problemResponse(problem);
      expect(eventProblems({ statusCode: status, headers, body: body.toString() })).toEqual([]);
      const onAws = JSON.stringify({ message: problem.message });
      const type = { 'content-type': 'application/json' };
      expect(eventProblems({ statusCode: status, headers: type, body: onAws })).toEqual([]);
    },
  );
});

describe('the schemas', () => {
  it.each(odd)('hold for what is accepted, and for the answer: %s', async (_, examples) => {
    for (const example of examples) {
      const answer = await createIngestLab().handle(eventOf(example));
      const name = example.name;
      const request = openApi.requestProblems(JSON.parse(bytesOf(example).toString()));
      expect({ name, request, answer: eventProblems(answer), status: answer.statusCode }).toEqual({
        name,
        request: [],
        answer: [],
        status: 202,
      });
    }
  });

  it.each(hostile)('hold for every refusal: %s', async (_, examples) => {
    for (const example of examples) {
      const answer = await createIngestLab().handle(eventOf(example));
      expect({ name: example.name, found: eventProblems(answer) }).toEqual({
        name: example.name,
        found: [],
      });
    }
  });

  it('refuse what is no event, and what is no problem', () => {
    const event = { id: 'e', name: 'n', body: 'b', timestamp: 1_767_225_600 };
    expect(openApi.requestProblems(event)).toEqual([]);
    for (const wrong of [
      { ...event, id: '' },
      ...['soon', 20_260_101, '20260101', '2026', 46_023, 202_601_011_230, 2 ** 31].map(
        (timestamp) => ({ ...event, timestamp }),
      ),
      { id: 'e' },
      [event],
    ])
      expect(openApi.requestProblems(wrong)).not.toEqual([]);
    const headers = { 'content-type': 'application/problem+json' };
    const noErrors = { type: 'about:blank', title: 't', status: 422, detail: 'd' };
    for (const wrong of [
      {},
      noErrors,
      { ...noErrors, status: 400, errors: [{ field: '', detail: 'd' }] },
    ])
      expect(eventProblems({ statusCode: 422, headers, body: JSON.stringify(wrong) })).not.toEqual(
        [],
      );
  });
});

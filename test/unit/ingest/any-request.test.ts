import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VerbatimPayload } from '../../../lib/event/encode.ts';
import { toUnixSeconds } from '../../../lib/event/timestamp.ts';
import { eventOf, type HttpExample } from '../../support/http-examples.ts';
import { createIngestLab } from '../../support/ingest-lab.ts';

const seconds = fc.integer({ min: 1_000_000_000, max: 2 ** 31 - 1 });
const timestamp = fc.oneof(
  seconds,
  seconds.map(String),
  fc
    .date({
      min: new Date(-(2 ** 31) * 1000),
      max: new Date(2 ** 31 * 1000 - 1),
      noInvalidDate: true,
    })
    .map((date) => date.toISOString()),
);
const text = fc.string({ unit: 'binary', minLength: 1 });
const validEvent = fc.record({
  id: fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 256 }),
  name: text,
  body: text,
  timestamp,
});

/** Sends a body; whatever it is, it is either refused and leaves nothing, or accepted and lies in the journal as it was sent. */
async function send(body: string | Buffer, headers: HttpExample['headers'] = {}): Promise<number> {
  const { handle, records } = createIngestLab();
  const bytes = Buffer.from(body);
  const example: HttpExample = { name: '', headers, base64: bytes.toString('base64'), status: 0 };
  const response = await handle(eventOf(example));
  expect([202, 400, 413, 415, 422]).toContain(response.statusCode);
  const { event, status } = JSON.parse(response.body);
  if (response.statusCode !== 202) {
    expect(status).toBe(response.statusCode);
    expect(records()).toEqual([]);
    return response.statusCode;
  }
  const sent = bytes.toString();
  const [record = '', ...others] = records();
  expect(others).toEqual([]);
  expect(record.slice(record.indexOf(',"payload":') + 11, -1)).toBe(new VerbatimPayload(sent).json);
  expect(JSON.parse(record).payload).toEqual(JSON.parse(sent));
  expect(event.id).toBe(JSON.parse(sent).id);
  return 202;
}

describe('whatever is sent', () => {
  it('arbitrary bytes are refused', async () => {
    const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array));
    await fc.assert(
      fc.asyncProperty(bytes, async (body) => {
        expect(await send(body)).not.toBe(202);
      }),
    );
  });

  it('arbitrary JSON is answered, and kept as it was sent if it is an event', async () => {
    await fc.assert(fc.asyncProperty(fc.json(), async (body) => void (await send(body))));
    const extra = fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 4 });
    const laidOut = fc.tuple(validEvent, extra, fc.constantFrom(0, 1, '\t'));
    await fc.assert(
      fc.asyncProperty(laidOut, async ([event, more, indent]) => {
        await send(JSON.stringify({ ...more, ...event }, null, indent));
      }),
    );
  });

  it('every event that keeps the contract is accepted, in whatever form it is written', async () => {
    const form = fc.constantFrom(
      '1.0',
      '1e2',
      '-0',
      '0.10',
      '"\\u0041"',
      '"\\/"',
      '[ ]',
      '{ "a" :\n1 }',
    );
    await fc.assert(
      fc.asyncProperty(validEvent, form, async (event, extra) => {
        expect(toUnixSeconds(event.timestamp)).toBeTypeOf('number');
        const sent = JSON.stringify(event);
        expect(await send(`${sent.slice(0, -1)} , "extra":\t${extra}}`)).toBe(202);
      }),
    );
  });

  it('an event with one character changed, removed or doubled is answered', async () => {
    const change = fc.record({
      at: fc.nat(),
      remove: fc.nat({ max: 3 }),
      add: fc.oneof(
        fc.string({ unit: 'binary', maxLength: 3 }),
        fc.constantFrom('"', '\\', '{', '}', '[', ',', ':', '0', '1e999', '\\ud800', '"id":'),
      ),
    });
    await fc.assert(
      fc.asyncProperty(validEvent, change, async (event, { at, remove, add }) => {
        const sent = JSON.stringify(event);
        const from = at % sent.length;
        await send(sent.slice(0, from) + add + sent.slice(from + remove));
      }),
      { numRuns: 500 },
    );
  });

  it('arbitrary headers are answered', async () => {
    const value = fc.oneof(
      fc.string(),
      fc.constantFrom('application/json', 'gzip', 'text/plain;charset=x', 'Root=1-'),
    );
    const name = fc.constantFrom(
      'content-type',
      'content-encoding',
      'traceparent',
      'x-amzn-trace-id',
    );
    await fc.assert(
      fc.asyncProperty(validEvent, fc.dictionary(name, value), async (event, headers) => {
        await send(JSON.stringify(event), headers);
      }),
    );
  });
});

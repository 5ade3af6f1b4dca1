import { useState } from 'preact/hooks';
import type { FlowNumbers } from '../../lib/console/flow-numbers.ts';
import { Chart } from './chart.tsx';
import { ago, count, duration, rate, safe, time } from './format.ts';
import { post, type Session } from './http.ts';
import type { LiveFlow } from './live-flow.ts';
import { Badge, Command, Notice, Stat, Table } from './parts.tsx';
import { dispatchState } from './pipeline.tsx';

/** The rate: allowed, learned, used; and whether dispatch runs. */
export function RatePage({
  live: { flow, problem },
  session,
}: {
  live: LiveFlow;
  session: Session;
}) {
  return (
    <>
      {problem === undefined ? null : <Notice tone="bad">{safe(problem)}</Notice>}
      {flow ? <Rate flow={flow} session={session} /> : <p class="muted">Reading the journal …</p>}
    </>
  );
}

function Rate({ flow, session }: { flow: FlowNumbers; session: Session }) {
  const { series, rate: numbers } = flow;
  const { allowed } = numbers;
  return (
    <>
      <Switch flow={flow} session={session} />
      <RateStats flow={flow} />
      <div class="charts wide">
        <Chart
          title="Calls per second"
          fromSecond={series.fromSecond}
          lines={[
            {
              label: 'allowed',
              color: 'muted',
              values: series.values.attempts.map(() => allowed ?? 0),
              isDashed: true,
            },
            { label: 'calls', color: 'blue', values: series.values.attempts },
            { label: '429', color: 'orange', values: series.values.throttled },
          ]}
        />
      </div>
      <p class="muted">
        Calls are creations, known once their event is delivered, parked or dead-lettered. Lookups
        are not counted.
      </p>
      <Lanes flow={flow} />
    </>
  );
}

/** The rates as numbers. */
function RateStats({ flow }: { flow: FlowNumbers }) {
  const { rate: numbers, perSecond, counts, atMs } = flow;
  const { allowed, learned, pausedUntilMs } = numbers;
  const limit = learned?.ratePerSecond ?? allowed;
  const used = limit ? `${Math.round((perSecond.attempts / limit) * 100)} % of it` : undefined;
  const { throttled = 0, ...others } = counts.attempts;
  const all = Object.values(others).reduce((sum, number) => sum + number, throttled);
  return (
    <dl class="stats">
      <Stat
        label="Allowed"
        value={allowed === null ? '–' : `${rate(allowed)}/s`}
        note="as deployed"
      />
      <Stat
        label="Learned"
        value={learned ? `${rate(learned.ratePerSecond)}/s` : 'no lower limit'}
        note={
          learned
            ? `met at ${rate(learned.metAtRate)}/s, ${ago(learned.sinceMs, atMs)}; raised again after ${duration(learned.holdMs)}`
            : undefined
        }
        tone={learned ? 'warn' : 'calm'}
      />
      <Stat label="Used" value={`${rate(perSecond.attempts)}/s`} note={used} />
      <Stat
        label="429 responses"
        value={`${rate(perSecond.throttled)}/s`}
        note={`${count(throttled)} of ${count(all)} calls since ${time(flow.sinceMs, atMs)}`}
        tone={perSecond.throttled > 0 ? 'warn' : 'calm'}
      />
      <Stat
        label="Wait that the target asked for"
        value={pausedUntilMs > atMs ? duration(pausedUntilMs - atMs) : 'none'}
        tone={pausedUntilMs > atMs ? 'warn' : 'calm'}
      />
    </dl>
  );
}

function Lanes({ flow }: { flow: FlowNumbers }) {
  return (
    <>
      <h2>Lanes</h2>
      <Table caption="Shards of the journal and their lanes">
        <thead>
          <tr>
            <th scope="col">Shard</th>
            <th scope="col" class="number">
              Lanes
            </th>
            <th scope="col" class="number">
              In/s
            </th>
            <th scope="col" class="number">
              Delivered/s
            </th>
            <th scope="col" class="number">
              Waiting
            </th>
            <th scope="col" class="number">
              Oldest
            </th>
          </tr>
        </thead>
        <tbody>
          {flow.shards.map((shard) => (
            <tr key={shard.shardId}>
              <td class="code">{shard.shardId}</td>
              <td class="number">{flow.rate.lanesPerShard}</td>
              <td class="number">{rate(shard.receivedPerSecond)}</td>
              <td class="number">{rate(shard.deliveredPerSecond)}</td>
              <td class="number">{count(shard.waiting)}</td>
              <td class="number">{shard.waiting === 0 ? '–' : duration(shard.lagMs)}</td>
            </tr>
          ))}
        </tbody>
      </Table>
    </>
  );
}

/** Pauses and resumes dispatch. */
function Switch({ flow, session }: { flow: FlowNumbers; session: Session }) {
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<string | undefined>();
  const { dispatch, atMs } = flow;
  const isEnabled = dispatch?.state === 'Enabled';
  const { word, tone } = dispatchState(flow);
  const turn = async () => {
    setBusy(true);
    setError(undefined);
    await post('/api/dispatch', { enabled: !isEnabled }, session).catch((failure: Error) =>
      setError(failure.message),
    );
    setBusy(false);
  };
  const { pause, resume } = session.stack.commands;
  return (
    <section class="panel" aria-label="Dispatch">
      <div class="row">
        <span role="status">
          Dispatch <Badge tone={tone}>{word}</Badge>
          {dispatch && dispatch.changedAtMs > 0 ? (
            <span class="muted"> changed {ago(dispatch.changedAtMs, atMs)}</span>
          ) : null}
        </span>
        {session.allowActions && dispatch ? (
          <button type="button" class={isEnabled ? '' : 'primary'} disabled={isBusy} onClick={turn}>
            {isEnabled ? 'Pause deliveries' : 'Resume deliveries'}
          </button>
        ) : null}
      </div>
      <p class="muted">
        While it is paused, nothing is sent to the target. Events are accepted and kept in the
        journal.
      </p>
      {error === undefined ? null : <Notice tone="bad">{safe(error)}</Notice>}
      <Command label="In a terminal" command={isEnabled ? pause : resume} />
    </section>
  );
}

import { useState } from 'preact/hooks';
import type { AuditProgress } from '../../lib/console/console-source.ts';
import type { AuditReport } from '../../lib/replay/audit.ts';
import { count, duration, safe, type Tone } from './format.ts';
import { post, type Session, useRead } from './http.ts';
import { Badge, Choice, Command, EventLink, Notice, Stat } from './parts.tsx';

const TIMES: [seconds: string, label: string][] = [
  ['3600', 'the last hour'],
  ['86400', 'the last 24 hours'],
  ['604800', 'the last 7 days'],
  ['0', 'ever'],
];

/** Runs the audit, and shows its verdict and offenders. */
export function AuditPage({ session }: { session: Session }) {
  const { value, error: readError, reload } = useRead<AuditProgress | null>('/api/audit', 1000);
  const [within, setWithin] = useState('3600');
  const [error, setError] = useState<string | undefined>();
  const run = async () => {
    setError(undefined);
    const toMs = Date.now();
    const fromMs = within === '0' ? 0 : toMs - Number(within) * 1000;
    await post('/api/audit', { fromMs, toMs }, session).catch((failure: Error) =>
      setError(failure.message),
    );
    reload();
  };
  const problem = error ?? readError;
  return (
    <>
      <p class="muted">
        Every event received must be delivered, dead-lettered, dismissed, given up and whole in the
        failures bucket, parked, or still in the journal; and none created twice.
      </p>
      <div class="row">
        <Choice
          label="Received in"
          name="within"
          value={within}
          choices={TIMES}
          onChoice={setWithin}
        />
        <button type="button" class="primary" disabled={value?.state === 'running'} onClick={run}>
          {value?.state === 'running' ? 'Running …' : 'Run the audit'}
        </button>
      </div>
      {problem === undefined ? null : <Notice tone="bad">{safe(problem)}</Notice>}
      {value ? <Progress progress={value} /> : null}
      {value ? null : <Command label="In a terminal" command={session.stack.commands.audit} />}
    </>
  );
}

function Progress({ progress }: { progress: AuditProgress }) {
  const { state, doing, startedMs, endedMs, report, error, range, command, meanings } = progress;
  return (
    <>
      <p class="muted" role="status">
        {state === 'running' ? 'Running' : `Took ${duration((endedMs ?? startedMs) - startedMs)}`},
        events received {range}
        {state === 'running' && doing !== '' ? `: ${doing}` : ''}
      </p>
      {error === null ? null : <Notice tone="bad">The audit failed: {safe(error)}</Notice>}
      {report === null ? null : <Report report={report} meanings={meanings} />}
      <Command label="The same in a terminal" command={command} />
    </>
  );
}

const VERDICTS: Record<AuditReport['verdict'], [tone: Tone, words: string]> = {
  holds: ['good', 'No event is lost, and none was created twice in one run'],
  'does not hold': ['bad', 'An event is lost, or was created twice'],
  'not proven': ['warn', 'Neither can be said'],
};

const EVENTS: [name: keyof AuditReport['events'], label: string][] = [
  ['received', 'Received'],
  ['delivered', 'Delivered'],
  ['deadLettered', 'Dead-lettered'],
  ['dismissed', 'Dismissed'],
  ['givenUp', 'Given up'],
  ['parked', 'Parked'],
  ['pending', 'Pending'],
  ['unaccounted', 'Unaccounted'],
];

function Report({ report, meanings }: { report: AuditReport; meanings: Record<string, string> }) {
  const [tone, words] = VERDICTS[report.verdict];
  const offences = Object.entries(report.offences).filter(([, number]) => number > 0);
  return (
    <>
      <h2>
        Verdict: <Badge tone={tone}>{report.verdict}</Badge>
      </h2>
      <p>{words}.</p>
      {report.findings.length === 0 ? null : (
        <ul>
          {report.findings.map((finding) => (
            <li key={finding}>{safe(finding)}</li>
          ))}
        </ul>
      )}
      {report.witnesses.length === 0 ? null : (
        <p class="muted">Witnesses besides the archive: {safe(report.witnesses.join(', '))}.</p>
      )}
      <dl class="stats">
        {EVENTS.map(([name, label]) => (
          <Stat
            key={name}
            label={label}
            value={count(report.events[name])}
            tone={name === 'unaccounted' && report.events[name] > 0 ? 'bad' : 'calm'}
          />
        ))}
      </dl>
      {offences.map(([offence, number]) => (
        <section key={offence}>
          <h3>
            {count(number)} {meanings[offence] ?? offence}
          </h3>
          <p class="examples">
            {report.offenders[offence as keyof AuditReport['offenders']].map((eventId) => (
              <EventLink key={eventId} eventId={eventId} />
            ))}
          </p>
        </section>
      ))}
    </>
  );
}

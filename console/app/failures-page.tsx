import { useState } from 'preact/hooks';
import type { Failures, ReplaySelection } from '../../lib/console/console-source.ts';
import type { FailureGroup } from '../../lib/console/failure-groups.ts';
import { ago, count, safe, time } from './format.ts';
import { type Session, useRead } from './http.ts';
import { Badge, Command, EventLink, Notice, Table } from './parts.tsx';
import { ReplayPanel } from './replay-panel.tsx';

/** Dead letters, parked events, and what Lambda gave up. */
export function FailuresPage({ session }: { session: Session }) {
  const { value, error, reload, isLoading } = useRead<Failures>('/api/failures', 5000);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  if (error !== undefined && !value) return <Notice tone="bad">{safe(error)}</Notice>;
  if (!value) return <p class="muted">Reading …</p>;
  const { deadLetters, parked, isAll, givenUp, notes } = value;
  const selected = deadLetters.filter(({ key }) => chosen.has(key));
  const toggle = (key: string) => {
    const next = new Set(chosen);
    if (!next.delete(key)) next.add(key);
    setChosen(next);
  };
  return (
    <>
      {error === undefined ? null : <Notice tone="bad">{safe(error)}</Notice>}
      {notes.map((note) => (
        <Notice key={note}>{safe(note)}</Notice>
      ))}
      <div class="row">
        <h2>Dead letters</h2>
        <button type="button" class="small" onClick={reload} disabled={isLoading}>
          Read again
        </button>
      </div>
      <p class="muted">
        The target rejected them, or every attempt failed. They stay here until they are replayed or
        dismissed.{isAll.deadLetters ? '' : ' 500 are shown.'}
      </p>
      {deadLetters.length === 0 ? (
        <p>No dead letter is open.</p>
      ) : (
        <GroupTable groups={deadLetters} chosen={chosen} onToggle={toggle} />
      )}
      <ReplayPanel session={session} selection={selectionOf(selected)} onEnd={reload} />
      <h2>Parked</h2>
      <p class="muted">
        They fail while others succeed, or came in an outage, and are tried again by themselves.
        {isAll.parked ? '' : ' 500 are shown.'}
      </p>
      {parked.length === 0 ? <p>Nothing is parked.</p> : <GroupTable groups={parked} />}
      <h2>Given up by Lambda</h2>
      <GivenUp givenUp={givenUp} session={session} />
      <Command
        label="To end a dead letter that needs nothing"
        command={session.stack.commands.dismiss}
      />
    </>
  );
}

function selectionOf(groups: FailureGroup[]): ReplaySelection | undefined {
  const ids = groups.flatMap(({ events }) => events.map(({ eventId }) => eventId));
  return ids.length === 0 ? undefined : { kind: 'deadLetters', ids };
}

/** Examples of a group. */
const EXAMPLES = 3;

function GroupTable({
  groups,
  chosen,
  onToggle,
}: {
  groups: FailureGroup[];
  chosen?: ReadonlySet<string>;
  onToggle?: (key: string) => void;
}) {
  const isParked = onToggle === undefined;
  return (
    <Table caption={isParked ? 'Parked events by error' : 'Dead letters by reason and message'}>
      <thead>
        <tr>
          {isParked ? null : <th scope="col">Replay</th>}
          <th scope="col" class="number">
            Events
          </th>
          <th scope="col">{isParked ? 'Error' : 'Reason and error'}</th>
          <th scope="col">{isParked ? 'Due' : 'Since (UTC)'}</th>
          <th scope="col">Examples</th>
        </tr>
      </thead>
      <tbody>
        {groups.map(({ key, reason, code, message, events }) => (
          <tr key={key}>
            {isParked ? null : (
              <td>
                <input
                  type="checkbox"
                  checked={chosen?.has(key) ?? false}
                  aria-label={`Select ${events.length} events: ${safe(`${reason ?? ''} ${code} ${message}`)}`}
                  onChange={() => onToggle(key)}
                />
              </td>
            )}
            <td class="number">{count(events.length)}</td>
            <td class="reason">
              {reason === undefined ? null : <Badge tone="bad">{reason}</Badge>} <b>{safe(code)}</b>{' '}
              {safe(message)}
            </td>
            <td class="time">{isParked ? dueOf(events) : time(events[0]?.since ?? '')}</td>
            <td class="examples">
              {events.slice(0, EXAMPLES).map(({ eventId }) => (
                <EventLink key={eventId} eventId={eventId} />
              ))}
            </td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}

function dueOf(events: FailureGroup['events']): string {
  const dues = events.map(({ dueAt }) => Date.parse(dueAt ?? '')).filter((ms) => ms > 0);
  return dues.length === 0 ? '–' : ago(Math.min(...dues), Date.now());
}

function GivenUp({ givenUp, session }: { givenUp: Failures['givenUp']; session: Session }) {
  const { events, isAll } = givenUp;
  if (events.length === 0) return <p>Lambda gave nothing up.</p>;
  return (
    <>
      <p>
        {isAll ? count(events.length) : `More than ${events.length}`} events lie whole in the
        failures bucket. Replayed ones stay listed here, and are sent only once.
      </p>
      <p class="examples">
        {events.slice(0, EXAMPLES).map(({ eventId }) => (
          <EventLink key={eventId} eventId={eventId} />
        ))}
      </p>
      <ReplayPanel session={session} selection={{ kind: 'givenUp' }} />
    </>
  );
}

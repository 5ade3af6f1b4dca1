import { useState } from 'preact/hooks';
import type { EventList, EventSummary } from '../../lib/console/console-source.ts';
import { EventLifeView } from './event-life.tsx';
import { count, safe, time } from './format.ts';
import { useRead } from './http.ts';
import { EventLink, Notice, StateBadge, Table } from './parts.tsx';
import { EMPTY, type SearchFields, SearchForm } from './search-form.tsx';

/** Search, or the life of the event that the address names. */
export function EventsPage({ eventId }: { eventId: string | null }) {
  const [fields, setFields] = useState<SearchFields>(EMPTY);
  const [path, setPath] = useState(() => pathOf(EMPTY));
  const list = useRead<EventList>(eventId === null ? path : undefined);
  if (eventId !== null) return <EventLifeView eventId={eventId} />;
  return (
    <>
      <SearchForm
        fields={fields}
        isLoading={list.isLoading}
        onSearch={(next) => {
          setFields(next);
          setPath(pathOf(next));
        }}
      />
      {list.error === undefined ? null : <Notice tone="bad">{safe(list.error)}</Notice>}
      {list.value ? <Found list={list.value} /> : <p class="muted">Searching …</p>}
    </>
  );
}

function pathOf({ within, ...fields }: SearchFields): string {
  const toMs = Date.now() + 60_000;
  const times = { fromMs: String(toMs - Number(within) * 1000), toMs: String(toMs) };
  return `/api/events?${new URLSearchParams({ ...fields, ...times })}`;
}

function Found({ list: { events, found, factsRead, notes } }: { list: EventList }) {
  return (
    <>
      <p class="muted" role="status">
        {found === 0 ? 'No event fits' : `${count(found)} events fit`}
        {events.length < found ? `; the newest ${events.length} are shown` : ''}
        {`. ${count(factsRead)} facts read.`}
      </p>
      {notes.map((note) => (
        <Notice key={note}>{safe(note)}</Notice>
      ))}
      {events.length === 0 ? null : <EventTable events={events} />}
    </>
  );
}

function EventTable({ events }: { events: EventSummary[] }) {
  return (
    <Table caption="Events, newest first">
      <thead>
        <tr>
          <th scope="col">Received (UTC)</th>
          <th scope="col">Event</th>
          <th scope="col">Name</th>
          <th scope="col">State</th>
          <th scope="col">Last failure</th>
        </tr>
      </thead>
      <tbody>
        {events.map(({ eventId, name, state, receivedAt, reason }) => (
          <tr key={eventId}>
            <td class="time">{receivedAt === null ? '–' : time(receivedAt)}</td>
            <td>
              <EventLink eventId={eventId} />
            </td>
            <td>{safe(name ?? '–')}</td>
            <td>
              <StateBadge state={state} />
            </td>
            <td class="reason">{safe(reason ?? '')}</td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}

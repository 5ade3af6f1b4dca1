import { render } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { AuditPage } from './audit-page.tsx';
import { EventsPage } from './events-page.tsx';
import { FailuresPage } from './failures-page.tsx';
import { FlowPage } from './flow-page.tsx';
import { safe } from './format.ts';
import { type Session, useRead } from './http.ts';
import { useLiveFlow } from './live-flow.ts';
import { Notice } from './parts.tsx';
import { RatePage } from './rate-page.tsx';

const PAGES = {
  flow: 'Flow',
  events: 'Events',
  failures: 'Dead letters and parked',
  rate: 'Rate',
  audit: 'Audit',
} as const;

type PageName = keyof typeof PAGES;

interface Place {
  page: PageName;
  eventId: string | null;
}

/** Reads the address: `#/events?id=…`. */
function placeOf(hash: string): Place {
  const [path = '', query = ''] = hash.replace(/^#\//, '').split('?', 2);
  const page = Object.hasOwn(PAGES, path) ? (path as PageName) : 'flow';
  return { page, eventId: new URLSearchParams(query).get('id') };
}

function App() {
  const [place, setPlace] = useState(() => placeOf(location.hash));
  const heading = useRef<HTMLHeadingElement>(null);
  const session = useRead<Session>('/api/session');
  useEffect(() => {
    const change = () => {
      setPlace(placeOf(location.hash));
      heading.current?.focus();
    };
    addEventListener('hashchange', change);
    return () => removeEventListener('hashchange', change);
  }, []);
  useEffect(() => {
    document.title = `${PAGES[place.page]} – Orchestrator`;
  }, [place.page]);
  return (
    <>
      <button type="button" class="skip" onClick={() => heading.current?.focus()}>
        Skip to content
      </button>
      <header>
        <span class="brand">Orchestrator</span>
        <nav aria-label="Pages">
          {(Object.keys(PAGES) as PageName[]).map((name) => (
            <a
              key={name}
              href={`#/${name}`}
              {...(name === place.page ? { 'aria-current': 'page' } : {})}
            >
              {name === 'failures' ? 'Failures' : PAGES[name]}
            </a>
          ))}
        </nav>
        <span class="stack">
          {session.value ? safe(session.value.stack.name) : ''}
          {session.value && !session.value.allowActions ? ' (read-only)' : ''}
        </span>
      </header>
      <main id="main">
        <h1 ref={heading} tabIndex={-1}>
          {PAGES[place.page]}
        </h1>
        {session.error === undefined ? null : <Notice tone="bad">{safe(session.error)}</Notice>}
        {session.value ? <Page place={place} session={session.value} /> : null}
      </main>
    </>
  );
}

function Page({ place: { page, eventId }, session }: { place: Place; session: Session }) {
  switch (page) {
    case 'flow':
      return <WithFlow>{(live) => <FlowPage live={live} />}</WithFlow>;
    case 'rate':
      return <WithFlow>{(live) => <RatePage live={live} session={session} />}</WithFlow>;
    case 'events':
      return <EventsPage eventId={eventId} />;
    case 'failures':
      return <FailuresPage session={session} />;
    case 'audit':
      return <AuditPage session={session} />;
  }
}

function WithFlow({
  children,
}: {
  children: (live: ReturnType<typeof useLiveFlow>) => preact.JSX.Element;
}) {
  return children(useLiveFlow());
}

const root = document.getElementById('app');
if (root) render(<App />, root);

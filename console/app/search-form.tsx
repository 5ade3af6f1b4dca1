import { useState } from 'preact/hooks';
import { STATES } from './format.ts';

/** The fields of the search form, as texts. */
export interface SearchFields {
  id: string;
  name: string;
  state: string;
  reason: string;
  within: string;
}

export const EMPTY: SearchFields = { id: '', name: '', state: '', reason: '', within: '3600' };

/** Times, in seconds. */
const TIMES: [seconds: string, label: string][] = [
  ['900', 'last 15 minutes'],
  ['3600', 'last hour'],
  ['21600', 'last 6 hours'],
  ['86400', 'last 24 hours'],
  ['604800', 'last 7 days'],
];

export function SearchForm({
  fields,
  isLoading,
  onSearch,
}: {
  fields: SearchFields;
  isLoading: boolean;
  onSearch: (fields: SearchFields) => void;
}) {
  const [draft, setDraft] = useState(fields);
  const field = (name: keyof SearchFields, label: string) => (
    <label>
      {label}
      <input
        name={name}
        value={draft[name]}
        autocomplete="off"
        spellcheck={false}
        onInput={({ currentTarget }) => setDraft({ ...draft, [name]: currentTarget.value })}
      />
    </label>
  );
  return (
    <search>
      <form
        class="filters"
        onSubmit={(submit) => {
          submit.preventDefault();
          onSearch(draft);
        }}
      >
        {field('id', 'Event id')}
        {field('name', 'Name contains')}
        {field('reason', 'Reason contains')}
        <label>
          State
          <select
            name="state"
            value={draft.state}
            onChange={({ currentTarget }) => setDraft({ ...draft, state: currentTarget.value })}
          >
            <option value="">any</option>
            {Object.entries(STATES).map(([state, word]) => (
              <option key={state} value={state}>
                {word}
              </option>
            ))}
          </select>
        </label>
        <label>
          Received
          <select
            name="within"
            value={draft.within}
            onChange={({ currentTarget }) => setDraft({ ...draft, within: currentTarget.value })}
          >
            {TIMES.map(([seconds, label]) => (
              <option key={seconds} value={seconds}>
                {label}
              </option>
            ))}
          </select>
        </label>
        <button type="submit" class="primary" disabled={isLoading}>
          {isLoading ? 'Searching …' : 'Search'}
        </button>
      </form>
    </search>
  );
}

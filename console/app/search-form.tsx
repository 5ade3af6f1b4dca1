import { useState } from 'preact/hooks';
import { STATES } from './format.ts';
import { Choice } from './parts.tsx';

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
        <Choice
          label="State"
          name="state"
          value={draft.state}
          choices={[['', 'any'], ...Object.entries(STATES)]}
          onChoice={(state) => setDraft({ ...draft, state })}
        />
        <Choice
          label="Received"
          name="within"
          value={draft.within}
          choices={TIMES}
          onChoice={(within) => setDraft({ ...draft, within })}
        />
        <button type="submit" class="primary" disabled={isLoading}>
          {isLoading ? 'Searching …' : 'Search'}
        </button>
      </form>
    </search>
  );
}

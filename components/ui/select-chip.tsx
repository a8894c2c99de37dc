"use client";

import { Glyph } from "./glyph";

type SelectChipProps = {
  name: string;
  value: string;
  options: { value: string; label: string; group?: string }[];
  onChange: (value: string) => void;
};

/** A filter as a chip: the browser's own list opens over it, so keyboard and phone work as everywhere. */
export function SelectChip({ name, value, options, onChange }: SelectChipProps) {
  const groups = [...new Set(options.flatMap(({ group }) => group ?? []))];
  const chosen = options.find((option) => option.value === value);
  return (
    <span className="chip relative focus-within:outline-2 focus-within:outline-offset-2 focus-within:outline-focus" data-on={value !== ""}>
      <span aria-hidden="true" className="flex gap-1" title={chosen?.label}>
        {name} <b className="max-w-[28ch] truncate">{chosen?.label ?? "any"}</b>
      </span>
      <Glyph name="down" size={12} />
      <select
        aria-label={name}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        className="absolute inset-0 w-full cursor-pointer appearance-none opacity-0"
      >
        <Options options={options.filter(({ group }) => group === undefined)} />
        {groups.map((group) => (
          <optgroup key={group} label={group} className="bg-raised text-ink">
            <Options options={options.filter((option) => option.group === group)} />
          </optgroup>
        ))}
      </select>
    </span>
  );
}

function Options({ options }: { options: SelectChipProps["options"] }) {
  return options.map((option) => (
    <option key={option.value} value={option.value} className="bg-raised text-ink">
      {option.label}
    </option>
  ));
}

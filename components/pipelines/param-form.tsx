"use client";

import Form from "@rjsf/core";
import type {
  BaseInputTemplateProps,
  ErrorSchema,
  FieldTemplateProps,
  ObjectFieldTemplateProps,
  RJSFSchema,
  WidgetProps,
} from "@rjsf/utils";
import { Glyph } from "@/components/ui/glyph";
import { type ParamForm as FormOfParams, limitsOf } from "@/lib/format/param-schema";
import { paramValidator } from "./param-validator";

type Values = Record<string, unknown>;
type ParamFormProps = {
  id: string;
  form: FormOfParams;
  refused: { name: string; message: string }[];
  isDisabled: boolean;
  values: Values;
  onChange: (values: Values) => void;
  onSubmit: (values: Values) => void;
};

const sameJson = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

/** The parameters of a DAG as a form, each with the error of the browser's check or of the server beside it. */
export function ParamForm({ id, form, refused, isDisabled, values, onChange, onSubmit }: ParamFormProps) {
  const extraErrors = Object.fromEntries(refused.map(({ name, message }) => [name, { __errors: [message] }])) as ErrorSchema<Values>;
  return (
    <Form<Values>
      id={id}
      className="grid gap-[15px]"
      schema={form.schema as RJSFSchema}
      uiSchema={{ ...form.ui, "ui:submitButtonOptions": { norender: true } }}
      formData={values}
      formContext={{ defaults: form.values }}
      validator={paramValidator}
      templates={{ BaseInputTemplate: TextInput, FieldTemplate: Field, ObjectFieldTemplate: Fields, ErrorListTemplate: Nothing }}
      widgets={{ CheckboxWidget: YesBox, SelectWidget: Choice, TextareaWidget: TextArea }}
      extraErrors={extraErrors}
      disabled={isDisabled}
      showErrorList={false}
      onError={ignore}
      focusOnFirstError
      noHtml5Validate
      omitExtraData
      onChange={({ formData }) => onChange(formData ?? {})}
      onSubmit={({ formData }) => onSubmit(formData ?? {})}
    />
  );
}

const Nothing = () => null;

// Each field shows its own error; without a listener the library also writes them to the console.
const ignore = () => undefined;

const manyChoices = 6;
const isGroup = (schema: RJSFSchema) => schema.type === "boolean" || (Array.isArray(schema.enum) && schema.enum.length <= manyChoices);

function Field({ id, label, schema, rawDescription, rawErrors, children, hidden, registry, formData }: FieldTemplateProps<Values>) {
  if (hidden) return null;
  if (schema.type === "object") return children;
  const name = id.replace(/^root_/, "");
  const standard = (registry.formContext as { defaults: Values }).defaults[name];
  const hasChanged = !sameJson(standard ?? null, formData ?? null);
  const head = (
    <>
      {isGroup(schema) ? <span>{label}</span> : <label htmlFor={id}>{label}</label>}
      {hasChanged && (
        <span className="changed">
          changed from {standard === null || standard === undefined || standard === "" ? "empty" : String(standard)}
        </span>
      )}
      <code>{name}</code>
    </>
  );
  const errors = rawErrors ?? [];
  const help = [rawDescription ?? schema.description, limitsOf(schema)].filter(Boolean).join(" · ");
  const foot =
    errors.length > 0 ? (
      <p className="help bad" id={`${id}__error`} role="alert">
        <Glyph name="fail" size={13} />
        <span>{errors.join(". ")}</span>
      </p>
    ) : (
      help && (
        <p className="help" id={`${id}__help`}>
          {help}
        </p>
      )
    );
  return isGroup(schema) ? (
    <fieldset className="field">
      <legend className="lab mb-1">{head}</legend>
      {children}
      {foot}
    </fieldset>
  ) : (
    <div className="field">
      <span className="lab">{head}</span>
      {children}
      {foot}
    </div>
  );
}

const Fields = ({ properties }: ObjectFieldTemplateProps) => properties.map(({ content }) => content);

const described = ({ id, rawErrors }: Pick<WidgetProps, "id" | "rawErrors">) => ({
  "aria-invalid": (rawErrors ?? []).length > 0 || undefined,
  "aria-describedby": (rawErrors ?? []).length > 0 ? `${id}__error` : `${id}__help`,
});

function TextInput({ id, value, schema, options, disabled, onChange, rawErrors }: BaseInputTemplateProps) {
  const types = [schema.type].flat();
  const isNumber = types.includes("integer") || types.includes("number");
  const kind = schema.format === "date" ? "date" : "text";
  const change = (text: string) => {
    if (text === "") return onChange(options.emptyValue);
    onChange(isNumber && Number.isFinite(Number(text)) ? Number(text) : text);
  };
  return (
    <input
      id={id}
      className="inp"
      type={kind}
      inputMode={isNumber ? "decimal" : undefined}
      value={value === null || value === undefined ? "" : String(value)}
      disabled={disabled}
      onChange={(event) => change(event.target.value)}
      {...described({ id, ...(rawErrors && { rawErrors }) })}
    />
  );
}

function TextArea({ id, value, disabled, onChange, rawErrors }: WidgetProps) {
  return (
    <textarea
      id={id}
      className="inp font-mono text-small"
      rows={4}
      value={String(value ?? "")}
      disabled={disabled}
      onChange={(event) => onChange(event.target.value)}
      {...described({ id, ...(rawErrors && { rawErrors }) })}
    />
  );
}

function YesBox({ id, value, disabled, onChange, rawErrors }: WidgetProps) {
  return (
    <div className="pick">
      <label>
        <input
          id={id}
          type="checkbox"
          checked={value === true}
          disabled={disabled}
          onChange={(event) => onChange(event.target.checked)}
          {...described({ id, ...(rawErrors && { rawErrors }) })}
        />
        Yes
      </label>
    </div>
  );
}

function Choice({ id, value, options, disabled, onChange, rawErrors }: WidgetProps) {
  const choices = options.enumOptions ?? [];
  const attributes = described({ id, ...(rawErrors && { rawErrors }) });
  if (choices.length <= manyChoices) {
    return (
      <div className="pick">
        {choices.map((choice) => (
          <label key={choice.label}>
            <input
              type="radio"
              name={id}
              checked={sameJson(choice.value, value)}
              disabled={disabled}
              onChange={() => onChange(choice.value)}
              {...attributes}
            />
            {choice.label}
          </label>
        ))}
      </div>
    );
  }
  return (
    <select
      id={id}
      className="inp"
      value={choices.findIndex((choice) => sameJson(choice.value, value))}
      disabled={disabled}
      onChange={(event) => onChange(choices[Number(event.target.value)]?.value)}
      {...attributes}
    >
      {choices.map((choice, at) => (
        <option key={choice.label} value={at} className="bg-raised text-ink">
          {choice.label}
        </option>
      ))}
    </select>
  );
}

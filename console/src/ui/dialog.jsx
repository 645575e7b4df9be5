// Dialogs: a form over the page. Whoever changes something is asked first, by name; what is hard to
// undo wants the name typed.
import {useLayoutEffect, useRef, useState} from 'preact/hooks';

import {send} from '../api.js';
import {Fault} from './parts.jsx';

/** Closes by Escape, by its button, or when done; the focus goes back to where it came from. */
export function Dialog({title, onClose, children}) {
  const box = useRef(null);
  useLayoutEffect(() => {  // together with the change of the page, not a frame later
    const from = document.activeElement, dialog = box.current;
    dialog.showModal();
    return () => {
      dialog.close();  // while it is open nothing else takes the focus
      const back = from?.isConnected ? from : document.querySelector('main h1');
      back?.focus();
    };
  }, []);
  return (
    <dialog ref={box} aria-labelledby="dialog-title" onClose={() => box.current && onClose()}
      onCancel={(event) => { event.preventDefault(); onClose(); }}>
      <h2 id="dialog-title">{title}</h2>
      {children}
    </dialog>
  );
}

/** A line or box of text with its label, what it is for, and how much fits. */
export function Field({label, hint, value, onInput, long, most, required, type = 'text', mono}) {
  const id = `field-${label.toLowerCase().replaceAll(/[^a-z]+/g, '-')}`;
  const common = {
    id, value, required, maxLength: most, spellcheck: !mono, class: mono ? 'mono' : '',
    'aria-describedby': hint ? `${id}-hint` : undefined, autocomplete: 'off',
    onInput: (event) => onInput(event.currentTarget.value),
  };
  return (
    <div class="field">
      <label for={id}>{label}{!required && <span class="muted"> (optional)</span>}</label>
      {long ? <textarea rows={long} {...common} /> : <input type={type} {...common} />}
      {hint && <p class="hint" id={`${id}-hint`}>{hint}</p>}
    </div>
  );
}

/**
 * Asks, then makes one call of the admin API. `action`: {title, text, button, danger, typed, fields,
 * call(values) -> {method, path, body}, done(answer) -> what to show instead of closing, or nothing}.
 * `typed`: the name that must be typed. `fields`: [{name, label, ...}] of `Field`.
 */
export function ActionDialog({action, onClose, onDone}) {
  const [values, setValues] = useState(() =>
    Object.fromEntries((action.fields || []).map((field) => [field.name, field.initial || ''])));
  const [typed, setTyped] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState();
  const [result, setResult] = useState();

  const submit = async (event) => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    try {
      const {method, path, body} = action.call(values);
      const answer = await send(method, path, body);
      onDone(answer);
      const more = answer.status === 202 && answer.body?.pending
        ? <p>Nothing has changed yet. Another operator must do the same within 24 hours.</p>
        : action.done?.(answer);
      if (more) setResult(more);
      else onClose();
    } catch (fault) {
      setError(fault);
    }
    setBusy(false);
  };

  if (result)
    return <Dialog title={action.title} onClose={onClose}>
      <div class="dialog-body" role="status">{result}</div>
      <div class="dialog-foot">
        <button type="button" class="button primary" onClick={onClose}>Close</button>
      </div>
    </Dialog>;

  const named = !action.typed || typed === action.typed;
  return (
    <Dialog title={action.title} onClose={onClose}>
      <form onSubmit={submit}>
        <div class="dialog-body">
          {action.text && <p>{action.text}</p>}
          {(action.fields || []).map(({name, initial, render, ...field}) => {
            const set = (value) => setValues((before) => ({...before, [name]: value}));
            return render ? <div key={name}>{render(values[name], set)}</div>
              : <Field key={name} value={values[name]} onInput={set} {...field} />;
          })}
          {action.typed && <Field label={`Type ${action.typed} to confirm`} value={typed} mono
            required onInput={setTyped} />}
          {error && <Fault error={error} />}
        </div>
        <div class="dialog-foot">
          <button type="button" class="button" onClick={onClose}>Cancel</button>
          <button type="submit" class={`button ${action.danger ? 'danger' : 'primary'}`}
            disabled={busy || !named}>{busy ? 'Working…' : action.button}</button>
        </div>
      </form>
    </Dialog>
  );
}

/** [dialog, ask]: `ask(action)` opens it; `onDone(answer)` runs after the call. */
export function useAction(onDone) {
  const [action, setAction] = useState();
  const dialog = action &&
    <ActionDialog action={action} onClose={() => setAction(undefined)} onDone={onDone} />;
  return [dialog, setAction];
}

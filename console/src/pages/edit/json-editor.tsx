import { history, historyKeymap, standardKeymap } from '@codemirror/commands'
import { type Diagnostic, lintGutter, setDiagnostics } from '@codemirror/lint'
import { EditorState } from '@codemirror/state'
import { EditorView, keymap, lineNumbers } from '@codemirror/view'
import { useEffect, useRef } from 'react'
import { placeIn } from './json-place.ts'

export interface Problem {
  readonly path: string
  readonly problem: string
}

/** The colours of the page, which reach into the editor as properties. */
const look = EditorView.theme({
  '&': {
    minHeight: '260px',
    maxHeight: '70vh',
    backgroundColor: 'var(--surface)',
    color: 'var(--text)',
    fontSize: '12px',
  },
  '&.cm-focused': { outline: '2px solid var(--accent)' },
  '.cm-scroller': { overflow: 'auto', fontFamily: 'var(--mono)', lineHeight: '20px' },
  '.cm-content': { caretColor: 'var(--text)' },
  '.cm-gutters': {
    backgroundColor: 'var(--bg)',
    color: 'var(--muted)',
    borderRight: '1px solid var(--line)',
  },
  // Those that come with it are images, which the page's policy does not allow.
  '.cm-lintRange-error': { backgroundImage: 'none', borderBottom: '2px solid var(--failed)' },
  '.cm-lint-marker-error': { content: '"⬢"', color: 'var(--failed)' },
  '.cm-tooltip': { backgroundColor: 'var(--raised)', color: 'var(--text)', border: '1px solid var(--line)' },
})

/** A text in JSON. Tab leaves it, as it leaves other fields; Ctrl or ⌘ with Enter does `onRun`. */
export function JsonEditor(props: {
  readonly label: string
  readonly text: string
  readonly problems: readonly Problem[]
  readonly readOnly: boolean
  onChange(text: string): void
  onRun(): void
}) {
  const { label, text, problems, readOnly } = props
  const root = useRef<HTMLDivElement>(null)
  const view = useRef<EditorView>(null)
  const latest = useRef(props)
  latest.current = props
  useEffect(() => {
    const host = root.current as HTMLDivElement
    // In a root of its own its styles are adopted: the page's policy allows no style elements.
    const shadow = host.shadowRoot ?? host.attachShadow({ mode: 'open' })
    const editor = new EditorView({
      parent: shadow,
      root: shadow,
      state: EditorState.create({
        doc: latest.current.text,
        extensions: [
          keymap.of([
            {
              key: 'Mod-Enter',
              run: () => {
                latest.current.onRun()
                return true
              },
            },
          ]),
          history(),
          keymap.of([...standardKeymap, ...historyKeymap]),
          lineNumbers(),
          lintGutter(),
          EditorView.lineWrapping,
          look,
          EditorState.readOnly.of(readOnly),
          EditorView.contentAttributes.of({ 'aria-label': label }),
          EditorView.updateListener.of(({ docChanged, state }) => {
            if (docChanged) latest.current.onChange(state.doc.toString())
          }),
        ],
      }),
    })
    view.current = editor
    return () => editor.destroy()
  }, [label, readOnly])
  useEffect(() => {
    const editor = view.current
    if (!editor || editor.state.doc.toString() === text) return
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: text } })
  }, [text])
  useEffect(() => {
    const editor = view.current
    if (!editor) return
    const now = editor.state.doc.toString()
    const told = problems.map(({ path, problem }): Diagnostic => {
      return { ...placeIn(now, path), severity: 'error', message: `${path} ${problem}`.trim() }
    })
    editor.dispatch(setDiagnostics(editor.state, told))
  }, [problems])
  return <div ref={root} className="json-editor" />
}

/** Paths of a 16 px grid, drawn with a stroke of 1.6. */
const paths = {
  ok: 'M8 14.5a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13M5 8.2l2 2 4-4.4',
  running: 'M14.5 8A6.5 6.5 0 1 1 8 1.5M8 5v3l2 1.5',
  waiting:
    'M8 1.5a6.5 6.5 0 0 1 3.2.9M14.2 6.2a6.5 6.5 0 0 1-.4 4.6M11 13.8a6.5 6.5 0 0 1-5 .4M2.7 11.7A6.5 6.5 0 0 1 2 6M4.3 2.7',
  warn: 'M8 2 14.8 13.5H1.2ZM8 6.5v3M8 11.5v.1',
  failed: 'M5.3 1.5h5.4l3.8 3.8v5.4l-3.8 3.8H5.3l-3.8-3.8V5.3ZM5.8 5.8l4.4 4.4M10.2 5.8l-4.4 4.4',
  compensated: 'M6 3 2.5 6.5 6 10M2.5 6.5H10a3.5 3.5 0 0 1 0 7H7',
  paused: 'M5.5 3v10M10.5 3v10',
  doubt: 'M8 14.5a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13M6 6.2a2 2 0 1 1 2.8 1.9c-.6.3-.8.6-.8 1.2M8 11.5v.1',
  silent: 'M2 8h3l1.5-3M8.5 11 10 8h4',
  search: 'M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10M10.7 10.7 14 14',
  close: 'M3.5 3.5l9 9M12.5 3.5l-9 9',
  menu: 'M2.5 4h11M2.5 8h11M2.5 12h11',
  more: 'M3.5 8h.1M8 8h.1M12.5 8h.1',
  copy: 'M5.5 5.5h8v8h-8ZM2.5 10.5v-8h8',
  link: 'M6.5 9.5l3-3M7 4.5l1.5-1.5a2.8 2.8 0 0 1 4 4L11 8.5M9 11.5 7.5 13a2.8 2.8 0 0 1-4-4L5 7.5',
  edit: 'M3 13l.6-2.6 7.4-7.4 2 2-7.4 7.4ZM9.5 4.5l2 2',
  replay: 'M13.5 8a5.5 5.5 0 1 1-1.6-3.9M13.5 1.5v3h-3',
  play: 'M4.5 2.5v11l9-5.5Z',
  pause: 'M5.5 3v10M10.5 3v10',
  bell: 'M4 11V7a4 4 0 0 1 8 0v4l1.2 1.5H2.8ZM6.7 14.2h2.6',
  user: 'M8 8a3 3 0 1 0 0-6 3 3 0 0 0 0 6M2.5 14a5.5 5.5 0 0 1 11 0',
  down: 'M4 6l4 4 4-4',
  right: 'M6 4l4 4-4 4',
  sun: 'M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6M8 1.5v1.5M8 13v1.5M1.5 8H3M13 8h1.5M3.4 3.4l1 1M11.6 11.6l1 1M3.4 12.6l1-1M11.6 4.4l1-1',
  moon: 'M13.5 9.5A5.5 5.5 0 0 1 6.5 2.5a5.8 5.8 0 1 0 7 7',
  lock: 'M4 7.5h8v6H4ZM5.5 7.5V5a2.5 2.5 0 0 1 5 0v2.5',
  filter: 'M2.5 3.5h11L9.5 8.5v4l-3 1v-5Z',
  plus: 'M8 3v10M3 8h10',
  table: 'M2.5 3h11v10h-11ZM2.5 6.5h11M6.5 6.5V13',
  map: 'M4 5.5a2 2 0 1 0 0-.1M12 10.5a2 2 0 1 0 0-.1M5.5 7l5 2.5',
} as const

export type IconName = keyof typeof paths

/** Decoration beside a word: what it says is said by the word, too. */
export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  )
}

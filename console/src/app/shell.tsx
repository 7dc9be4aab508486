import { Link, Outlet, useNavigate, useParams, useRouterState } from '@tanstack/react-router'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { common } from '../i18n/common.ts'
import { zoneOf } from '../i18n/format.ts'
import { useText } from '../i18n/text.ts'
import { Button } from '../kit/button.tsx'
import { useNow } from '../kit/time.tsx'
import { useTell } from '../kit/toast.tsx'
import { lastingLink } from './copy-link.ts'
import { Counts } from './counts.tsx'
import { KeyHelp } from './key-help.tsx'
import { useKeys } from './keys.ts'
import { LiveSwitch } from './live-switch.tsx'
import { Palette } from './palette.tsx'
import { groups, places } from './places.ts'
import { RangeChoice } from './range-choice.tsx'
import { useMe } from './session.tsx'
import { Settings } from './settings.tsx'
import './shell.css'
import { shellText } from './text.ts'

/** The frame around every page: bar, places, and the keys that work everywhere. */
export function Shell() {
  const t = useText(shellText)
  const words = useText(common)
  const me = useMe()
  const { env = me.environment } = useParams({ strict: false })
  const navigate = useNavigate()
  const tell = useTell()
  const [navOpen, setNavOpen] = useState(false)
  const [help, setHelp] = useState(false)
  const go = (path: `/${string}`) => void navigate({ to: `/${env}${path}` as never })
  useKeys({
    ...Object.fromEntries(places.map(({ key, path }) => [`g ${key}`, () => go(path)])),
    '?': () => setHelp(true),
    y: () => {
      void navigator.clipboard?.writeText(lastingLink(window.location, Date.now()))
      tell(words.copied)
    },
  })
  const page = usePageFocus()
  const find = (key: string) =>
    void navigate({ to: `/${env}/messages` as never, search: { q: key } as never })
  return (
    <div className={navOpen ? 'shell nav-open' : 'shell'}>
      <a className="skip" href="#page">
        {t.skip}
      </a>
      <header className="bar">
        <span className="menu-button">
          <Button
            look="quiet"
            size="small"
            icon="menu"
            pressed={navOpen}
            onClick={() => setNavOpen(!navOpen)}
          >
            <span className="hidden-text">{t.menu}</span>
          </Button>
        </span>
        <Link className="brand" to={`/${env}/landscape` as never}>
          <img src="/icon.svg" alt="" />
          <span translate="no">Isthmus</span>
        </Link>
        <Environment name={env} />
        <Palette onFind={find} onGo={go} />
        <div className="end">
          <RangeChoice />
          <Zone />
          <LiveSwitch />
          <Settings />
        </div>
      </header>
      <Places env={env} label={t.navigation} onGo={() => setNavOpen(false)} />
      <main id="page" className="main" tabIndex={-1} ref={page}>
        <Outlet />
      </main>
      {help && <KeyHelp onClose={() => setHelp(false)} />}
    </div>
  )
}

/** After another page came, the keyboard is in it. */
function usePageFocus() {
  const page = useRef<HTMLElement>(null)
  const path = useRouterState({ select: state => state.location.pathname })
  const before = useRef(path)
  useEffect(() => {
    if (before.current !== path) page.current?.focus()
    before.current = path
  }, [path])
  return page
}

function Environment({ name }: { readonly name: string }) {
  const t = useText(shellText)
  return (
    <span
      className={/^prod/.test(name) ? 'environment production' : 'environment'}
      title={t.environment(name)}
    >
      {name.toUpperCase()}
    </span>
  )
}

function Zone() {
  const now = useNow(60_000)
  return <span className="zone muted mono">{zoneOf(now)}</span>
}

function Places({
  env,
  label,
  onGo,
}: {
  readonly env: string
  readonly label: string
  onGo(): void
}): ReactNode {
  const t = useText(shellText)
  return (
    <nav className="nav" aria-label={label}>
      {groups.map(group => (
        <section key={group.id} aria-label={t.groups[group.id]}>
          <h2>{t.groups[group.id]}</h2>
          <ul>
            {group.places.map(({ id, path }) => (
              <li key={id}>
                <Link to={`/${env}${path}` as never} activeProps={{ 'aria-current': 'page' }} onClick={onGo}>
                  {t.places[id]}
                  <Counts place={id} />
                </Link>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </nav>
  )
}

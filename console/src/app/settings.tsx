import { useText } from '../i18n/text.ts'
import { CheckField, SelectField } from '../kit/field.tsx'
import { Popover } from '../kit/popover.tsx'
import { usePreferences } from './preferences-context.ts'
import { useMe } from './session.tsx'
import { SignOut } from './sign-out.tsx'
import { shellText } from './text.ts'

/** Who is signed in, and how the console looks and reads to them. */
export function Settings() {
  const t = useText(shellText)
  const { name } = useMe()
  const { preferences, change } = usePreferences()
  return (
    <Popover look="quiet" size="small" icon="user" label={<span className="ellipsis">{name}</span>}>
      <div className="settings">
        <p className="muted">{t.you(name)}</p>
        <SelectField
          label={t.language}
          value={preferences.language === 'zh' ? 'zh' : 'en'}
          options={[
            ['en', 'English'],
            ['zh', '简体中文'],
          ]}
          onChange={language => change({ language })}
        />
        <SelectField
          label={t.theme}
          value={preferences.theme}
          options={[
            ['auto', t.themes.auto],
            ['light', t.themes.light],
            ['dark', t.themes.dark],
          ]}
          onChange={theme => change({ theme })}
        />
        <CheckField label={t.keys} checked={preferences.keys} onChange={keys => change({ keys })} />
        <SignOut label={t.signOut} />
      </div>
    </Popover>
  )
}

/** A sign that a text tries to override the system message. */
export interface Sign {
  /** How likely a text is an attempt that has this sign and no other: a judgement, from 0 to 1. */
  weight: number;
  /**
   * What it looks like in a text as `normalize` makes it: small letters, no accents. Gaps are of so many words, and words do
   * not overlap with what is between them, so that the time of a search grows with the text and no faster. No classes of
   * Unicode in repetitions: those take seconds to compile.
   */
  pattern: RegExp;
}

const sign = (weight: number, pattern: string): Sign => ({ weight, pattern: new RegExp(pattern) });

/** Up to so many words of any kind. */
const gap = (words: number) => `(?:[^a-z0-9]{1,3}[a-z0-9]+){0,${words}}?[^a-z0-9]{1,4}`;
/** Up to six of these words. */
const some = (words: string) => `(?:(?:${words})[^a-z0-9]{1,3}){0,6}`;

const ignore =
  '\\b(?:ignor(?:e|ing)|disregard(?:ing)?|forget(?: about)?|overrid(?:e|ing)|bypass(?:ing)?|discard|neglect|overlook|(?:do not|don.?t|never|stop|cease) (?:follow(?:ing)?|obey(?:ing)?|comply(?:ing)? with|adher(?:e|ing) to)|pay no attention to|set aside) ';
// Whose instructions: `my previous instructions` are the caller's own, and his to take back.
const whose =
  'all|any|every|each|of|the|your|these|those|this|that|previous|previously|prior|above|earlier|preceding|foregoing|former|past|system|safety|original|initial|given|developer.?s?|other|such|existing|current|content|security|internal|hidden|default|and|or|everything|set|former|old|pre';
const earlier =
  '(?:previous(?:ly given)?|prior|above|earlier|preceding|foregoing|former|past|system|original|initial|existing|current|your|all)';
const instructions =
  '(?:instructions?|instructs|prompts?|directives?|guidelines|programming|system messages?|system prompts?)';
const rules =
  '(?:rules|context|constraints|restrictions|commands|orders|directions|policies|training|safeguards|guardrails)';
const hidden =
  '(?:system|initial|hidden|secret|original|internal|developer|pre.?|confidential|underlying|first)[ -]?';

export const signs: readonly Sign[] = [
  // English: what stands before is to be ignored.
  sign(0.85, `${ignore}${some(whose)}${earlier}[^a-z0-9]{1,3}${some(whose)}${instructions}\\b`),
  sign(
    0.85,
    `${ignore}${some(whose)}${instructions} (?:above|before this|you (?:were|have been|are|got|received)|(?:that|which) (?:you|came|were)|from (?:above|before|your))`,
  ),
  sign(0.65, `${ignore}${some(whose)}your[^a-z0-9]{1,3}${some(whose)}${rules}\\b`),
  sign(
    0.5,
    `${ignore}${some(whose)}(?:previous|prior|above|earlier|preceding)[^a-z0-9]{1,3}${some(whose)}${rules}\\b`,
  ),
  sign(
    0.8,
    `${ignore}(?:all|everything|anything|what(?:ever)?|the (?:text|words|content|lines))${gap(5)}(?:you (?:were|have been|are|.ve been) (?:told|given|instructed|taught)|(?:was|is|were) (?:said|written|stated) (?:above|before|earlier)|(?:above|before) (?:this|that)\\b|you know about your)`,
  ),
  sign(
    0.6,
    `\\b${earlier} ${instructions} (?:are|were|is) (?:now )?(?:void|cancel|invalid|obsolete|null|no longer|overridden|superseded|revoked|outdated|wrong|a test)`,
  ),
  sign(
    0.6,
    '\\b(?:new|updated|real|actual|revised) (?:system )?(?:instructions?|directives?|prompt|task)\\s{0,2}:',
  ),
  sign(
    0.5,
    `\\b(?:your|the) (?:new|real|actual|true|only) (?:instructions?|task|role|goal|purpose|directive|objective|job) (?:is|are|will be|now)\\b`,
  ),

  // What the system message says is to be told.
  sign(
    0.8,
    `\\b(?:reveal|show|print|repeat|output|display|tell|give|leak|dump|share|write|echo|list|what (?:is|are|was|were)|what.?s|expose|disclose|recite|summari[sz]e|translate|paste|send|encode|spell)\\b${gap(5)}your${gap(2)}(?:${hidden}(?:prompts?|instructions?|messages?|rules|guidelines|configuration|directives?)|(?:instructions|prompt) (?:above|verbatim|word for word))`,
  ),
  sign(
    0.5,
    `\\b(?:reveal|print|repeat|output|leak|dump|echo|expose|disclose|recite)\\b${gap(4)}(?:the|this|any|all)${gap(2)}(?:system|hidden|secret|initial|developer)[ -]?(?:prompts?|instructions?|messages?)`,
  ),
  sign(
    0.8,
    `\\b(?:repeat|print|output|copy|write|recite|show|echo)\\b${gap(4)}(?:words|text|everything|lines|content|all|anything|sentences?) (?:above|before (?:this|that)|preceding)\\b`,
  ),
  sign(0.35, '\\b(?:verbatim|word for word|in a code ?block|starting with .?you are)\\b'),

  // Another self, without limits.
  sign(
    0.8,
    '\\bdo anything now\\b|\\byou are (?:now )?(?:going to (?:act|pretend) (?:as|to be) )?(?:dan|stan|dude|aim|betterdan|evilbot|evil ?gpt|chaosgpt|freegpt|jailbroken|unrestricted|unfiltered|uncensored|unchained)\\b',
  ),
  sign(
    0.8,
    `\\b(?:act|behave|respond|answer|pretend|role-?play|play|speak|operate|function|simulate|imagine|become|enter|be)\\b${gap(9)}(?:unrestricted|unfiltered|uncensored|jailbroken|amoral|(?:no|without|free (?:of|from)|not bound by|ignor(?:es|ing)|devoid of)${gap(3)}(?:restrictions?|limitations?|limits|filters?|guidelines|rules|ethics|ethical|moral|morals|censorship|safety|safeguards|guardrails|content polic))`,
  ),
  sign(
    0.7,
    '\\byou (?:have|need|face|follow|obey|know) no (?:ethical |moral |content |safety |more )?(?:restrictions|rules|limits|limitations|filters|guidelines|boundaries|morals|ethics)\\b',
  ),
  sign(
    0.65,
    '\\b(?:no longer|not) (?:bound|restricted|constrained|limited|governed|subject)\\b.{0,20}\\b(?:by|to)\\b.{0,40}\\b(?:rules|guidelines|polic|restrictions|instructions|openai|anthropic|google|filters|ethic)',
  ),
  sign(
    0.8,
    `\\b(?:disable|turn off|switch off|deactivate|remove|bypass|circumvent|suspend|lift|drop|unlock|evade)\\b${gap(3)}(?:your|its|the model.?s|the ai.?s)${gap(3)}(?:safety|content|moderation|security|ethical|filters?|safeguards|guardrails|restrictions|guidelines|alignment|censorship)\\b`,
  ),
  sign(
    0.45,
    '\\b(?:developer|god|sudo|admin|root|debug|maintenance|unrestricted|jailbreak|opposite|evil|dan) mode(?: is)?(?: now)? (?:enabled|activated|on|engaged|unlocked|active)\\b',
  ),
  sign(
    0.5,
    '\\b(?:enable|enter|activate|switch (?:in)?to|engage|turn on|go into|unlock) (?:your )?(?:god|sudo|admin|root|unrestricted|jailbreak|evil|dan|unfiltered|uncensored|developer) mode\\b',
  ),
  sign(0.3, '\\bjailbreak(?:ed|ing)?\\b|\\bprompt injection\\b'),
  sign(
    0.35,
    '\\bfrom (?:now|this point|here) on(?:wards?)?,? (?:you|your|respond|answer|only|act|always|ignore|i want you)\\b',
  ),
  sign(
    0.3,
    '\\b(?:stay|remain|never break|do not break|don.?t break|keep) (?:in )?character\\b|\\bmachiavellian\\b',
  ),
  sign(0.4, '\\bno matter how (?:illegal|unethical|immoral|harmful|offensive|dangerous)\\b'),
  sign(
    0.4,
    '\\b(?:i am|i.?m|this is|we are|authori[sz]ed by|message from|on behalf of) (?:your (?:developer|creator|admin(?:istrator)?|owner|operator)|the (?:developer|system administrator|system admin|openai|anthropic)|openai|anthropic|an? (?:openai|anthropic) (?:engineer|employee|developer))\\b',
  ),

  // Somebody else's mark of who speaks.
  sign(
    0.7,
    '<\\|(?:im_start|im_end|system|user|assistant|endoftext|eot_id|start_header_id|end_of_turn|begin_of_text)\\|>|\\[/?inst\\]|<(?:start|end)_of_turn>',
  ),
  sign(
    0.5,
    '(?:^|\\n)\\s{0,8}(?:#{1,6}|\\*\\*|\\[|<|-{2,8}|={2,8})\\s?/?(?:system|developer|admin)(?: (?:message|prompt|override|instructions?|note|notice|update))?\\s?(?:\\]|>|:|\\*\\*|-{2,8}|={2,8}|$|\\n)',
  ),
  sign(
    0.45,
    '(?:^|\\n)\\s{0,8}(?:system|developer)(?: (?:message|prompt|override|instructions?|note|notice|update))?\\s?:\\s',
  ),
  sign(
    0.4,
    '\\b(?:end of|end) (?:the )?(?:user |system )?(?:input|prompt|document|email|e-mail|data|context|instructions|conversation|text)\\b.{0,20}(?:\\n|\\.|-|=|\\]|>).{0,60}\\b(?:system|new|now|instructions?|assistant)\\b',
  ),
  sign(
    0.5,
    '\\bsystem (?:override|prompt override|message override)\\b|\\boverride (?:code|sequence|protocol)\\b',
  ),

  sign(0.5, '<\\|im_start\\|>\\s?system|<\\|start_header_id\\|>\\s?system|<\\|system\\|>|<<\\s?/?sys\\s?>>'),

  // What a page, a mail or a tool says to whoever reads it by machine.
  sign(
    0.55,
    '\\b(?:if|when|since|because) you(?: are|.re) (?:an? )?(?:ai|llm|large language model|language model|assistant|chatbot|bot|agent)\\b',
  ),
  sign(
    0.6,
    '\\b(?:attention|important|note|instructions?|message|notice|hidden|urgent)\\b[^a-z0-9]{0,3}(?:message |instructions? |note |notice )?(?:for|to|:) ?(?:the |any |all |every )?(?:ai|llms?|language models?|ai (?:assistants?|models?|agents?|systems?)|assistants?|chatbots?|agents?)\\b',
  ),
  sign(
    0.55,
    `\\b(?:do not|don.?t|never|without) (?:tell|telling|inform|informing|mention|mentioning|alert|alerting|notify|notifying|reveal|revealing|show|let)\\b${gap(5)}(?:the )?(?:user|human|customer|operator)\\b`,
  ),
  sign(
    0.35,
    `\\b(?:send|forward|post|upload|exfiltrate|transmit|submit|leak|append)\\b${gap(10)}(?:to|at)\\s(?:https?://|[\\w.+-]{1,40}@)`,
  ),
  sign(
    0.35,
    `\\binstead,? (?:of (?:answering|summari[sz]ing|translating|following)|just |only |always |please )?${gap(2)}(?:say|output|respond|reply|print|write|answer|send|tell|do|call)\\b`,
  ),
  sign(
    0.35,
    '\\b(?:only|just|always|simply) (?:say|output|respond|reply|print|write|answer)(?: with)? ["\'\u201c`]|\\brespond (?:only )?with ["\'\u201c`]?(?:pwned|hacked|owned|haha)',
  ),
  sign(0.4, '\\b(?:pwned|i have been hacked|i.?ve been hacked|hacked by)\\b'),
  sign(
    0.45,
    `\\b(?:decode|base64|rot13|hex(?:adecimal)?|reverse[ds]?|decrypt|deobfuscate|unscramble)\\b${gap(10)}(?:and|then)${gap(3)}(?:follow|execute|obey|do what|carry out|comply|act on|run|answer it|respond to)`,
  ),

  // German
  sign(
    0.85,
    `\\b(?:ignorier(?:e|en|t)?|vergiss|vergessen|missachte[nt]?|uberschreibe[n]?|umgehe[n]?|verwirf|verwerfen|beachte|befolge|folge|lass|setze?) ${some('sie|bitte|jetzt|nun|ab|sofort|einfach|alle[ns]?|die|den|deine[nr]?|ihre[nr]?|eure|samtliche[nr]?|jegliche|bisherige[nr]?|vorherige[nr]?|vorige[nr]?|obige[nr]?|fruhere[nr]?|vorangegangene[nr]?|vorangehende[nr]?|vorstehende[nr]?|ursprungliche[nr]?|und|zuvor|vorher|gegebene[nr]?|erhaltene[nr]?|oben|genannten')}(?:anweisung|instruktion|vorgabe|befehl|richtlinie|system-?prompt|systemanweisung|systemnachricht)[a-z]{0,4}\\b(?! (?:des|der|fur|im|in der) (?:arzt|kund|chef))`,
  ),
  sign(
    0.5,
    `\\b(?:ignorier(?:e|en|t)?|vergiss|vergessen|missachte[nt]?|umgehe[n]?) ${some('sie|bitte|jetzt|nun|alle|deine|ihre|samtliche|bisherigen|vorherigen|die')}(?:regeln|einschrankungen|beschrankungen|sicherheits[a-z]{1,16}|filter)\\b`,
  ),
  sign(
    0.8,
    `\\b(?:alle|samtliche|die) (?:bisherigen|vorherigen|vorigen|obigen|fruheren|vorangegangenen|vorstehenden) (?:anweisungen|instruktionen|vorgaben|befehle|richtlinien) (?:sind |werden )?${some('zu|ab|jetzt|nun|sofort|bitte|hiermit|damit')}(?:ignorieren|ignoriert|vergessen|ungultig|aufgehoben|hinfallig|missachten|verwerfen)`,
  ),
  sign(
    0.7,
    `\\b(?:was|alles)[^a-z0-9]{1,3}(?:was )?(?:dir|ihnen|man dir) ${gap(4)}(?:gesagt|aufgetragen|befohlen|vorgegeben)\\b.{0,30}\\b(?:vergiss|ignorier|vergessen)|\\b(?:vergiss|ignoriere) (?:bitte )?alles,? was`,
  ),
  sign(
    0.8,
    `\\b(?:zeig[a-z]{0,2}|nenn[a-z]{0,2}|gib|verrat[a-z]{0,2}|wiederhol[a-z]{0,2}|druck[a-z]{0,2}|schreib[a-z]{0,2}|sag[a-z]{0,2}|wie lauten?|was (?:ist|sind|steht in)|offenbar[a-z]{0,2})\\b${gap(5)}(?:dein|ihr|euer)[a-z]{0,2} (?:(?:genau|vollstandig|geheim|versteckt|ursprunglich|intern|komplett|eigen|initial)[a-z]{0,3} )?(?:system-?prompt|systemanweisung|systemnachricht|prompt|anweisung|instruktion)[a-z]{0,3}`,
  ),
  sign(
    0.8,
    `\\b(?:du bist|sie sind|verhalte dich|antworte|spiele?|tu so|agiere|stell dir vor)\\b${gap(10)}(?:ohne (?:jegliche |alle |irgendwelche |ethische |moralische )?(?:einschrankung|beschrankung|filter|regeln|zensur|moral|grenzen|richtlinien)|uneingeschrankt|unzensiert|ungefiltert)`,
  ),
  sign(0.35, '\\b(?:ab jetzt|ab sofort|von nun an)\\b.{0,12}\\b(?:du|sie|antworte|antwortest|bist)\\b'),
  sign(0.5, '\\bneue (?:anweisung|anweisungen|aufgabe|systemanweisung|instruktion)\\s?:'),
  sign(
    0.55,
    `\\b(?:sag|sagen|verrate|erzahle|teile?|erwahne)\\b${gap(4)}(?:dem|den|der) (?:nutzer|benutzer|anwender|kund)[a-z]{0,4}\\b${gap(3)}(?:nichts|nicht)\\b`,
  ),

  // French
  sign(
    0.85,
    `\\b(?:ignor(?:e|ez|er)|oubli(?:e|ez|er)|neglig(?:e|ez|er)|contourn(?:e|ez|er)|ne (?:tiens|tenez|suis|suivez|respecte|respectez) (?:pas|plus)(?: compte)?|fais abstraction|faites abstraction) ${some('tout|toutes|tous|les|des|de|tes|vos|ces|l.ensemble|la|totalite|desormais|maintenant')}(?:instructions?|consignes?|directives?|prompts?|ordres) ${some('qui|t.ont|ete|donnees?|t.|recues?|du|de|que|tu|as|vous')}(?:precedent|anterieur|ci-dessus|initial|systeme|d.origine|plus haut|avant)[a-z]{0,3}`,
  ),
  sign(
    0.7,
    `\\b(?:ignor(?:e|ez)|oubli(?:e|ez)) ${some('tout|toutes|tous|de|maintenant')}(?:tes|vos) (?:instructions?|consignes?|directives?|regles)\\b`,
  ),
  sign(
    0.8,
    `\\b(?:montre|affiche|revele|repete|donne|ecris|quel(?:le)?s? (?:est|sont)|divulgue|recopie)[a-z]{0,2}\\b${gap(4)}(?:ton|tes|votre|vos) (?:prompt|instructions?|consignes?|message)${gap(1)}(?:systeme|initial|secret|cache|d.origine|exact)[a-z]{0,3}`,
  ),
  sign(
    0.8,
    `\\b(?:tu es|vous etes|agis|comporte-toi|reponds|fais comme si|joue)\\b${gap(10)}(?:sans (?:aucune? |la moindre )?(?:restriction|limite|filtre|censure|regle|morale)|non censure|sans filtre)`,
  ),
  sign(0.35, '\\b(?:a partir de maintenant|desormais),? (?:tu|vous)\\b'),
  sign(
    0.55,
    `\\bne (?:dis|dites|mentionne|mentionnez|revele|revelez|parle|parlez)\\b${gap(4)}(?:a l.utilisateur|a l.usager|au client)`,
  ),

  // Spanish
  sign(
    0.85,
    `\\b(?:ignor(?:a|e|en|ar|ad)|olvid(?:a|e|ar|ate|ese)|omit(?:e|a|ir)|descart(?:a|e|ar)|desobedece|desestima|haz caso omiso|no (?:sigas|obedezcas|hagas caso)) ${some('a|de|todas?|todos?|las|los|tus|sus|esas|estas|el|la|cualquier|por|completo')}(?:instrucci[a-z]{1,5}|indicaci[a-z]{1,5}|directrices|directivas|ordenes|prompts?|reglas) ${some('que|te|han|dado|dadas?|recibidas?|del|de')}(?:anterior|previ|de arriba|sistema|inicial|original|antes)[a-z]{0,3}`,
  ),
  sign(
    0.7,
    `\\b(?:ignora|olvida|olvidate) ${some('todas?|todos?|de')}(?:tus|sus) (?:instrucciones|indicaciones|directrices|reglas)\\b`,
  ),
  sign(
    0.8,
    `\\b(?:muestra|muestrame|ensena|ensename|revela|revelame|repite|dime|dame|imprime|escribe|cual(?:es)? (?:es|son)|copia)\\b${gap(4)}(?:tu|tus|su|sus) (?:prompt|instrucciones|mensaje|indicaciones)${gap(1)}(?:de sistema|del sistema|sistema|inicial|secret|ocult|original|exact)[a-z]{0,3}`,
  ),
  sign(
    0.8,
    `\\b(?:eres|actua|comportate|responde|finge|haz como si|imagina|simula)\\b${gap(10)}(?:sin (?:ningun[ao]? |ningun tipo de )?(?:restricci|limite|limitaci|filtro|censura|regla|etica|moral)|no censurad|sin filtros)`,
  ),
  sign(
    0.35,
    '\\b(?:a partir de ahora|desde ahora|de ahora en adelante),? (?:eres|tu|vas|seras|responde|responderas|debes)\\b',
  ),
  sign(
    0.55,
    `\\bno (?:le )?(?:digas|menciones|reveles|cuentes|informes)\\b${gap(4)}al (?:usuario|cliente|humano)`,
  ),

  // Italian, Portuguese, Dutch, Polish, Russian, Chinese, Japanese: the plainest form only, without accents and dots.
  sign(
    0.85,
    '\\b(?:ignora|dimentica) (?:tutte )?(?:le )?(?:tue )?istruzioni (?:precedenti|sopra|iniziali)|\\b(?:ignore|esqueca|desconsidere) (?:todas )?(?:as )?(?:suas )?instrucoes (?:anteriores|acima|previas)|\\b(?:negeer|vergeet) (?:alle )?(?:de )?(?:voorgaande|vorige|eerdere|bovenstaande) (?:instructies|opdrachten)|\\b(?:zignoruj|ignoruj|zapomnij) (?:o )?(?:wszystki[a-z]{1,3} )?(?:poprzedni[a-z]{1,3} )(?:instrukcj|polecen)',
  ),
  sign(
    0.85,
    '(?:игнорируй|игнорируите|проигнорируй|проигнорируи|игнорируи|забудь|забудьте)[а-я ]{0,40}(?:инструкци|указани|правила)|(?:忽略|忽视|无视|忘记).{0,8}(?:之前|以上|先前|前面|上面|所有).{0,8}(?:指令|指示|提示|说明|规则)|(?:これまて|以前|上記|前|今まて)の?.{0,8}(?:指示|命令|フロンフト).{0,6}(?:無視|忘れ)',
  ),
];

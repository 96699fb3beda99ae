//! The word lists of this module: Russian, English and transliterated, in small letters, with е for ё.
//!
//! `word` is that word, `word*` a beginning, `*word` an ending.

use std::collections::HashSet;
use std::sync::LazyLock;

/// Words, beginnings and endings.
#[derive(Debug, Default)]
pub(super) struct List {
    words: HashSet<&'static str>,
    beginnings: Vec<&'static str>,
    endings: Vec<&'static str>,
}

impl List {
    fn read(text: &'static str) -> Self {
        let mut list = Self::default();
        for entry in text.split_whitespace() {
            match (entry.strip_suffix('*'), entry.strip_prefix('*')) {
                (Some(beginning), _) => list.beginnings.push(beginning),
                (_, Some(ending)) => list.endings.push(ending),
                _ => {
                    list.words.insert(entry);
                }
            }
        }
        list
    }

    pub(super) fn has(&self, word: &str) -> bool {
        self.words.contains(word)
            || self.beginnings.iter().any(|b| word.starts_with(b))
            || self.endings.iter().any(|e| word.ends_with(e))
    }

    /// What follows a beginning of the list, once for each that fits.
    pub(super) fn rests<'w>(&self, word: &'w str) -> impl Iterator<Item = &'w str> {
        self.beginnings.iter().filter_map(move |b| word.strip_prefix(b))
    }
}

macro_rules! lists {
    ($($(#[$doc:meta])* $name:ident = $words:literal;)*) => {
        $($(#[$doc])* pub(super) static $name: LazyLock<List> = LazyLock::new(|| List::read($words));)*
    };
}

lists! {
    /// Ends of domain names that are no words and no endings of file names.
    DOMAIN_ENDS = "
        com org net ru su info biz ua kz de fr uk eu fi ee lv lt ge uz kg cz nl ch io xyz online onion i2p tv dev
        app icu edu gov se es tr md am az рф ру орг онион онлайн сайт инфо бел укр example test site email mail gg
        network
    ";
    /// Ends that are words, too, or endings of file names: after them a path must follow.
    WEAK_DOMAIN_ENDS = "
        me to is in it at so be no do my as us by pl cc pro live link top space club chat ws la im id ga one fun
        life store shop world today ком нет ми com.ru cx
    ";
    /// Endings of file names that are ends of domains, too.
    FILE_ENDS = "md app es";
    /// Ends behind which names are in Cyrillic letters.
    CYRILLIC_ZONES = "рф бел укр онлайн сайт";
    /// How "dot com" is said.
    SPOKEN_DOMAIN_ENDS = "ру ком рф орг нет нэт инфо юа онион ми ио кз";
    /// Where people have their mail.
    PROVIDERS = "
        gmail mail yandex ya proton protonmail pm tuta tutanota tutamail riseup rambler bk inbox list outlook
        hotmail yahoo icloud cock gmx vk ukr гмейл гмаил джимейл жмейл гугл мейл мэйл маил яндекс протон рамблер
        тутанота аутлук инбокс айклауд
    ";
    /// Sites whose paths are names of people.
    PEOPLES_SITES = "
        t.me telegram.me telegram.dog tlgg.ru vk.com m.vk.com vk.me vk.ru ok.ru m.ok.ru instagram.com facebook.com
        m.facebook.com fb.com fb.me wa.me discord.gg discord.com matrix.to join.skype.com signal.me twitter.com
        x.com tiktok.com ask.fm last.fm
    ";
    /// Words before an address of these are accounts in a messenger, not mail.
    JABBER = "жаб* джаб* jabber* xmpp* element* matrix*";
    /// Words before "собака" that are no part of an address.
    NO_LOCAL_PARTS = "моя твоя наша ваша его ее их злая как эта своя и с у на тут та";
    /// Names with `@` that mean nobody.
    NOBODY = "
        all everyone here channel admin админ админы все всем модер модератор home work moderator админу админам
    ";
    /// Words that say: here comes an account.
    MESSENGERS = "
        тг тгшка тгшке вк инст инста инсте инсту инсты скайп скайпе викр викре викрми фб tg telegram telega telege
        insta ig skype discord vk fb facebook kik snap snapchat session сессия element элемент matrix матрикс
        матриксе signal сигнал сигнале threema трима триме briar tox токс токсе wickr сешн жаба жабе жабу асе ася
        uin телег* тележк* вконтакт* инстаграм* дискорд* instagram* джаббер* жаббер* jabber* xmpp* icq* аськ*
        фейсбук* telegr* телегр* однокласс*
    ";
    /// The same for a name that one gives oneself.
    NICK_WORDS = "
        ник нике ником ника ники nick nickname никнейм никнеймом юзер юзера юзернейм username user логин логином
        login юз nik niknejm nikom
    ";
    /// Words that may stand between such a word and the name.
    ACCOUNT_FILLERS = "
        мой моя я сам сама тоже мое мою у меня это такой такая там в на под вот id ид ай айди my is are the ник name
        me он она же есть его ее мне адрес контакт личный мессенджер мессенджере моем handle account
    ";
    /// Latin words that follow the name of a messenger and are no account.
    NO_NICKS = "
        bot premium web desktop chat channel group link vpn proxy ok pls plz tor online offline android ios iphone
        plus lite beta stories messenger direct live is not and or the for please app account secret call here there
        now only too also with from ads business me you your thread name at support admin blocked dead down banned
        broken gone working slow deleted hacked lost failed windows linux mac open full closed empty new old hiv hcv
        prep pep nick sms email
    ";
    /// The name of an account that is a number.
    NUMBER_WORDS = "id ид айди ай";
    /// Words before # and a number that mean no person.
    POST_WORDS = "post thread topic case msg page issue ticket no order";
    /// Words that may stand between the groups of a number that is spelled out.
    BETWEEN_DIGITS = "и а потом дальше далее затем там тире дефис еще then";
    /// Words beside a telephone number.
    PHONE = "
        тел тлф тлфн моб сот смс sms call ring tel mob cell номерок симка симку сим мтс билайн мегафон теле2 вотс
        ватс ws text dial fone телеф* мобил* мобиль* сотов* звони* позвон* перезвон* звякн* набер* набир* наберит*
        трубк* вайбер* ватсап* вотсап* вацап* whatsapp* viber* phone* городск* домашн* zvoni* pozvon* telef* naber*
        дозвон*
    ";
    /// … a card number.
    CARD = "карт* сбер* тиньк* тинек* альфа* втб* card* visa* mastercard* перевод* переве* скин* кида*";
    /// … a wallet of a payment service.
    WALLET = "юмани* yoomoney* киви* qiwi* кошел* яндекс*";
    /// … an account at a bank.
    BANK_ACCOUNT = "счет* расчетн* реквизит* лицев* account*";
    /// … a number of something else.
    OTHER_NUMBERS = "
        заказ* трек* серийн* парти* артикул* посыл* накладн* обращен* талон* статья статьи пост поста посте тема теме темы тред*
        order* track* версия версии
    ";
    /// Words behind a number that make it an amount.
    UNITS = "
        р руб рубль рубля рублей рублям баксов долларов евро копеек тыс тысяч тысячи млн миллион миллиона миллионов миллиард
        миллиардов г гр грамм* кг кило мг мл л литр литра литров м км см мм метр метра метров кв квадрат* ч час часа часов мин
        минут минуты минуту сек секунд* сутки суток день дня дней дн неделя недели недель нед месяц месяца месяцев мес год года
        лет раз раза градус* процент* штук штуки шт копий копии клеток клетки человек человека чел таблет* таб капсул* ампул*
        доза дозы доз кубик* кубов страниц* комнат комнаты комнаты этажа этажей подъезда подъездов домов балл* калор* ед единиц
        бутылки бутылок бутылка пачки пачек место места мест очереди утра вечера ночи детей ребенка взрослых собак друзей
        мужиков ментов т к h kg km mg ml rub usd min minutes day* week* month* year* hour* times people percent*
    ";
    /// Prepositions of amounts.
    BEFORE_AMOUNTS = "за до около примерно почти больше через стоил стоит с от из по в for at";
    /// Codes of countries around that are written without a plus.
    COUNTRIES = "380* 375* 998* 996* 992* 994* 995* 993* 374*";
    /// How accounts at a bank begin.
    BANK_PREFIXES = "40817* 40820* 42301* 42306* 42305* 40802* 40702* 40703* 30232*";
    /// First names without their last vowel, as they begin in every case.
    FIRST_NAMES = "
        иван* петр* петер* павел* павл* алексе* александр* андре* антон* артем* артур* борис* вадим* валенти*
        валери* василий* васили* виктор* витали* владимир* владислав* вячеслав* геннади* георги* глеб* григори*
        данил* даниил* денис* дмитри* евгени* егор* захар* иль* игор* кирил* константин* лев* леонид* максим* марат*
        марк* матве* михаил* никит* никола* олег* роман* руслан* рустам* семен* серге* станислав* степан* тимофе*
        тимур* федор* филип* эдуард* юри* яков* ярослав* ринат* рашид* рамиль* рамил* аркади* анатоли* арсени*
        богдан* всеволод* герман* давид* игнат* карен* арсен* ашот* магомед* мурат* тарас* эльдар* ильдар* анн* алл*
        алин* алис* анастаси* ангелин* антонин* валентин* варвар* вер* вероник* виктори* галин* дарь* диан*
        екатерин* елен* елизавет* жанн* зинаид* зо* инн* ирин* карин* кир* клавди* кристин* ксени* лариса* ларис*
        лиди* любов* людмил* маргарит* марин* мари* марь* надежд* наталь* натали* нин* оксан* ольг* полин* раис*
        регин* римм* светлан* софь* софи* снежан* тамар* тать* татьян* ульян* эльвир* юли* яна* ян* гульнар* алсу*
        динар* зульфи* лейл* айгул* зарин* нелл* эмм* роза*
    ";
    /// What may follow there.
    CASE_ENDS = "а у ом ем е й я ю и ы ь ой ей ия ию ии ел";
    PATRONYMICS = "
        *ович *овича *овичу *овичем *овиче *евич *евича *евичу *евичем *евиче *ьич *ьича *ьичу *ьичем *мич *кич *тич
        *мича *кича *тича *мичу *кичу *овна *овны *овне *овну *овной *евна *евны *евне *евну *евной *ична *ичны
        *ичне *ичну *ичной *алыч *палыч *саныч *иваныч *палыча
    ";
    /// Words of every day with such an end.
    NO_PATRONYMICS = "
        виновн* духовн* основн* уголовн* церковн* верховн* отличн* различн* публичн* частичн* первичн* вторичн*
        третичн* столичн* приличн* критичн* логичн* уровн* любовн* условн* типичн* больничн* личн* наличн*
        аналогичн* цинич* ровн* кровн* неровн* полночн* заграничн* истеричн*
    ";
    SURNAMES = "
        *ов *ова *ову *овым *ове *ой *овой *ев *ева *еву *евым *евой *ин *ина *ину *иным *иной *ын *ына *ыну *ский
        *ского *скому *ским *ская *скую *цкий *цкая *цкого *ко *ук *юк *ян *яна *дзе *швили *их *ых *ич *енко *чук
        *ман *берг *ец *енок *як *ая *ый *ий *ую *ого *ому
    ";
    /// The same where nothing is written with capitals.
    SMALL_SURNAMES = "*ин *ина *ину *иным *ов *ова *ову *овым *овой *ев *ева *еву *евым *ский *ского *ская *енко";
    CARS = "номер* госномер* машин* тачк* авто* таксист* такси* plate* мент* гаи* гос* car* парков*";
    /// Words of buildings that are everybody's.
    PUBLIC = "
        поликлин* больниц* кабинет* клиник* центр* аптек* отделен* регистратур* магазин* палат* диспансер* рынок*
        рынк* офис* банк* хостел* станци* метро* тц* трц* мфц* суд* clinic* hospital* ward* office* mall*
    ";
    /// "Street" and the like.
    STREETS = "
        ул пр просп пер наб бул пл ал мкр мкрн туп ш прт пркт ul pr prt per nab st ave str шос бр улиц*
        проспект* переул* набережн* шоссе* бульвар* проезд* площад* алле* тупик* микрорайон* линия* линии* линию*
        улица* ulic* ulits* prospekt* pereul* naberezhn* shosse* bulvar* street* avenue* road* prospect*
    ";
    /// After these a name must be seen to be one, since they are words of every day.
    EVERYDAY_STREETS = "
        улиц* площад* проезд* алле* тупик* лини* ulic* ulits* street* road* проспект* шоссе* бульвар*
    ";
    /// Words that are in no name of a street.
    NO_STREET_NAMES = "
        и в на с со к у о от до за по под над из не ни а но да или что как где я ты он она мы вы они мне меня нас
        вас его ее их это этой этом этот эта той том тот нашей нашем вашей соседней соседнем одной одном другой
        другом каждой какой какая какие всей всю всех уже еще только там тут здесь сейчас сегодня вчера завтра
        холодно жарко темно было был была были есть нет жду стою живу сижу иду раз опять третий второй the a in on
        at of my is for to
    ";
    ENGLISH_STREETS = "street st road rd avenue ave lane drive boulevard blvd prospekt prospect";
    MONTHS = "январ* феврал* март* апрел* мая* май* июн* июл* август* сентябр* октябр* ноябр* декабр*";
    /// Endings of names of streets as they are said: "Садовая", "на Садовой", "Невском".
    ADJECTIVES = "*ая *яя *ней *юю *ой *ую *ий *ый *ом *ская *ское *ого *oj *aya *iy *skiy *sky *skij";
    /// … "Ленина".
    GENITIVES = "*ова *ева *ина *ского *ости *ции *ины";
    HOUSE = "д дом доме дома дому домом dom d house h bldg building владение вл участок уч строение";
    /// Letters of houses; "5й" and "5м" are something else.
    HOUSE_LETTERS = "а б в г д е ж з и к л н a b c k";
    /// Words before the number of a building, a flat, an entrance, a floor.
    PARTS = "
        к кор корп корпус корпусе стр строение лит литер литера кв квартира квартире квартиру kv kvartira korp k apt
        flat apartment оф офис комн комната комнате пом под пар подъезд подъезде подьезд парадная парадной этаж
        этаже эт домофон podezd etazh unit
    ";
    /// Those that are an address with their number alone.
    WHOLE_PARTS = "
        кв квартира квартире квартиру квартиры kv kvartira kvartire apt apartment подъезд подъезде подъезда подьезд
        подьезде парадная парадной парадную парадка парадке podezd podjezd пар парад
    ";
    /// Those that need another piece.
    MERE_PARTS = "
        корп корпус корпусе этаж этаже эт etazh etazhe комната комнате комн офис оф flat floor строение
    ";
    /// Those that follow their number.
    NUMBERED_PARTS = "подъезд подъезде подьезд парадная парадной парадную квартира квартире квартиру podezd";
    DOORS = "домофон* двер* подъезд* парадн* ворот* калитк* domofon* dver* door* gate*";
    /// Words before the code of a door.
    CODES = "домофон* domofon* пинкод код кодовый пин code kod";
    CODE_FILLERS = "от на код of the for входной это";
    VILLAGES = "пос поселок дер деревня село снт пгт хутор";
    TOWNS = "г гор город пос поселок дер деревня село снт пгт станица хутор с п";
    REGIONS = "обл область области край края район района респ республика";
    /// Words behind which a name and a number are an address, without "street".
    PLACE_WORDS = "
        живу живем живет лежит лежим лежу address ждем скорая сижу доставьте привезите live адрес* прожива*
        прописан* зарегистрир* приезж* подъезж* приход* заезж* прописк* заберит* доставк* adres* zhivu*
    ";
    PLACE_FILLERS = "на по в мой у меня это сейчас сюда я такой is at na";
    /// Words that may follow an address; others may be what the number counts.
    BEHIND_ADDRESSES = "
        и а но в у с кто мы он она они рядом напротив около возле стучите код вход во под где там это дверь срочно один одна
    ";
}

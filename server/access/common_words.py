"""Words that attackers try first as a password, with figures and signs around them."""

_TEXT = """
1q2w3e4r 1qaz2wsx abc access adgjmp admin administrator adobe alexander amanda andrea andrew angel anthony
arsenal asdf asdfgh asdfghjkl ashley austin azerty azertyuiop babygirl bailey barcelona baseball basketball
batman benjamin bienvenue bonjour buster butterfly changeit changeme charlie chelsea chocolate computer
cookie corporate correcthorsebatterystaple daniel default demo dex diamond dragon elizabeth employee
employeedex experience flower football forever freedom friends fuckyou geheim george ginger guest hallo
hannah harley hello helpdesk hockey hola hottie hunter iloveyou internet jasmine jennifer jessica jonathan
jordan joshua justin kennwort killer laptop letmein letmeinnow liverpool login lovely loveme manager master
matrix matthew maverick michael michelle monkey mustang nicole ninja nopassword oracle parola pass passcode
passphrase passw passwd password passwort patrick pepper pokemon princess purple qazwsx qazwsxedc qwer qwert
qwerty qwertyui qwertyuiop qwertz qwertzuiop ranger robert root samsung schatz secret sesame shadow silver
soccer sommer sophie spring starwars summer sunshine superman superuser support sysadmin system taylor temp
temporary test testing thomas thunder tigger trustno unknown user vanessa welcome whatever william
willkommen winter yankees zaq1zaq1 zxcvbn zxcvbnm
"""
COMMON_WORDS = frozenset(_TEXT.split())

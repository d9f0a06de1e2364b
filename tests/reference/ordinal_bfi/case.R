# Polychoric correlations of 25 real six-point items, by lavaan and by psych without continuity correction.
suppressPackageStartupMessages(library(lavaan))
items <- read.csv("../data/bfi.csv")[, 1:25]
items <- items[complete.cases(items), ]
by_lavaan <- lavCor(items, ordered = names(items), output = "cor")
fit <- lavCor(items, ordered = names(items), output = "fit", se = "robust.sem", missing = "listwise")
by_psych <- psych::polychoric(items, correct = 0, smooth = FALSE)
write.csv(format(unclass(by_lavaan), digits = 12), "lavaan.csv", quote = FALSE)
write.csv(format(by_psych$rho, digits = 12), "psych.csv", quote = FALSE)
table <- as.data.frame(parameterEstimates(fit))
table <- table[table$op %in% c("|", "~~") & table$se > 0, c("lhs", "op", "rhs", "est", "se")]
table[c("est", "se")] <- lapply(table[c("est", "se")], formatC, digits = 12, format = "g")
write.csv(table, "errors.csv", row.names = FALSE)
writeLines(jsonlite::toJSON(list(r = as.character(getRversion()), lavaan = as.character(packageVersion("lavaan")),
  psych = as.character(packageVersion("psych"))), auto_unbox = TRUE, pretty = TRUE), "session.json")

# Alpha of the five agreeableness items of data/sample/bfi/bfi.csv as they stand, and with A1 mirrored.
suppressPackageStartupMessages(library(psych))
library(jsonlite)
answers <- na.omit(read.csv("../../../data/sample/bfi/bfi.csv")[, c("A1", "A2", "A3", "A4", "A5")])
plain <- suppressWarnings(alpha(answers, check.keys = FALSE, warnings = FALSE))
mirrored <- alpha(answers, keys = "A1")
component <- principal(answers, nfactors = 1)
write_json(list(alpha = plain$total$raw_alpha, alpha_a1_mirrored = mirrored$total$raw_alpha,
                r_drop = plain$item.stats$r.drop, first_component = as.numeric(component$loadings)),
           "values.json", digits = 12, auto_unbox = TRUE)
write_json(list(R = R.version.string, psych = as.character(packageVersion("psych"))), "session.json",
           auto_unbox = TRUE)

# Modification indices where covariates are fixed (of a covariate caused by a factor that it causes, too), and
# where an ordered variable is a cause.
suppressPackageStartupMessages(library(lavaan))
complete <- read.csv("../data/holzinger_swineford.csv")
complete$o7 <- findInterval(complete$x7, c(3.5, 4.5))
complete$o8 <- findInterval(complete$x8, c(5, 6))
listed <- function(case, fit) cbind(case, as.data.frame(unclass(modindices(fit)))[c("lhs", "op", "rhs", "mi", "epc")])
loops <- "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9\nspeed ~ visual + textual + sex + ageyr"
causes <- "visual =~ x1 + x2 + x3\nvisual ~ o7 + ageyr\no7 ~ ageyr\no8 ~ o7 + visual + ageyr"
found <- rbind(listed("fixed", sem(loops, complete)), listed("fixed_means", sem(loops, complete, missing = "ml")),
               listed("ordered_cause", sem(causes, complete, ordered = c("o7", "o8"))))
found <- found[is.finite(found$mi) & found$mi > 1e-6, ]
found[c("mi", "epc")] <- lapply(found[c("mi", "epc")], formatC, digits = 8, format = "g", width = 1)
write.csv(found, "indices.csv", row.names = FALSE)
writeLines(jsonlite::toJSON(list(r = as.character(getRversion()), lavaan = as.character(packageVersion("lavaan"))),
                            auto_unbox = TRUE, pretty = TRUE), "session.json")

# Satorra's (2000) scaled and shifted difference, whatever standard errors the free model was fitted with.
suppressPackageStartupMessages(library(lavaan))
ordinal <- read.csv("../data/ordinal.csv")
complete <- read.csv("../data/holzinger_swineford.csv")
two <- "f1 =~ u1 + u2 + u3 + u4\nf2 =~ u5 + u6 + u7 + u8"
three <- "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9"
items <- paste0("u", 1:8)
difference <- function(case, free, restricted, data, ...) {
  line <- as.data.frame(lavTestLRT(cfa(free, data, ...), cfa(restricted, data, ...), method = "satorra.2000"))[2, ]
  data.frame(case = case, statistic = line[["Chisq diff"]], df = as.integer(line[["Df diff"]]),
             pvalue = line[["Pr(>Chisq)"]])
}
apart <- paste0(two, "\nf1 ~~ 0*f2")
zero <- paste0(three, "\nvisual ~~ 0*speed\ntextual ~~ 0*speed")
labelled <- sub("x9", "c(a1, a2)*x9", three)
equal <- sub("a2", "a1", labelled)
found <- rbind(
  difference("wlsmv", two, apart, ordinal, ordered = items),
  difference("wlsmv_standard", two, apart, ordinal, ordered = items, se = "standard"),
  difference("dwls_scaled_shifted", two, apart, ordinal, ordered = items, estimator = "DWLS", test = "scaled.shifted"),
  difference("mlmv", three, zero, complete, estimator = "MLMV"),
  difference("ml_scaled_shifted_groups", labelled, equal, complete, group = "school", test = "scaled.shifted"),
  difference("ml_satorra_bentler_groups", labelled, equal, complete, group = "school", test = "satorra.bentler"))
found[c("statistic", "pvalue")] <- lapply(found[c("statistic", "pvalue")], formatC, digits = 10, format = "g", width = 1)
write.csv(found, "differences.csv", row.names = FALSE)
writeLines(jsonlite::toJSON(list(r = as.character(getRversion()), lavaan = as.character(packageVersion("lavaan"))),
                            auto_unbox = TRUE, pretty = TRUE), "session.json")

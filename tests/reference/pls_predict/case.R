# PLSpredict by seminr 2.3.4, everybody left out once, from direct and from earliest causes, on ../pls/service_sim.csv.
suppressMessages({library(jsonlite); library(seminr)})
d <- read.csv("../pls/service_sim.csv"); m <- function(x) list(rows = rownames(x), columns = colnames(x), values = unname(as.matrix(unclass(x))))
blocks <- constructs(composite("trust", multi_items("tr", 1:3)), composite("quality", multi_items("qu", 1:4), weights = mode_B), composite("ease", multi_items("ea", 1:3)), composite("loyal", multi_items("lo", 1:3)))
f <- suppressMessages(estimate_pls(d, blocks, relationships(paths(c("trust", "quality"), "ease"), paths(c("trust", "ease"), "loyal"))))
out <- list(); for (how in c("direct", "earliest")) {
  p <- summary(suppressMessages(predict_pls(f, technique = if (how == "direct") predict_DA else predict_EA, noFolds = NULL, cores = 1)))
  out[[how]] <- list(model = m(p$PLS_out_of_sample), linear = m(p$LM_out_of_sample)) }
write(toJSON(out, digits = NA, auto_unbox = TRUE), "values.json")
write(toJSON(list(R = as.character(getRversion()), seminr = as.character(packageVersion("seminr"))), auto_unbox = TRUE, pretty = TRUE), "session.json")

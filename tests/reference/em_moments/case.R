# Saturated moments of incomplete data by lavaan's EM, run far past its default stopping rule.
suppressPackageStartupMessages(library(lavaan))
chain <- read.csv("../data/chain_missing.csv")[c(paste0("y", 1:12), "z2")]
out <- suppressWarnings(  # people 17 and 18 answered nothing of this: lavaan leaves the second out, as it should
  lavCor(chain, missing = "ml", output = "fit", se = "none", em.h1.tol = 1e-12, em.h1.iter.max = 5000L)
)
h1 <- lavInspect(out, "sampstat")
write.csv(data.frame(mean = formatC(unclass(h1$mean), digits = 14, format = "g"),
                     apply(unclass(h1$cov), 2, formatC, digits = 14, format = "g")), "moments.csv")
writeLines(jsonlite::toJSON(list(r = as.character(getRversion()), lavaan = as.character(packageVersion("lavaan"))),
                            auto_unbox = TRUE, pretty = TRUE), "session.json")

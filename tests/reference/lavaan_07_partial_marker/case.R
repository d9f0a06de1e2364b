# Equal loadings, the marker of one factor exempt: it is freed in the second group.
source("../write_case.R")
fit <- cfa(read_model(), data = read_data("holzinger_swineford.csv"), group = "school", group.equal = c("loadings", "intercepts"), group.partial = c("visual=~x1", "x1~1"))
write_case(fit)

# Effect coding over two schools, scalar.
source("../write_case.R")
fit <- cfa(read_model(), data = read_data("holzinger_swineford.csv"), effect.coding = TRUE, group = "school", group.equal = c("loadings", "intercepts"))
write_case(fit)
